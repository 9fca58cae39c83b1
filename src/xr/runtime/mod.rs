//! The way to a headset through OpenXR: looked for, begun, lost, and looked for again.
//!
//! The program has its graphics device before it has a headset (see `native`), and a runtime may come and
//! go at any time. While there is none, one is looked for every few seconds on a thread of its own, since
//! some runtimes think long. While there is one, a thread talks with it (see `talk`): a frame asks at its
//! beginning where eyes and hands are, and hands its pictures over at its end, in the renderer's world.

mod actions;
mod convert;
mod native;
mod session;
mod talk;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bevy::prelude::*;
use bevy::render::render_asset::RenderAssets;
use bevy::render::renderer::{RenderDevice, RenderQueue};
use bevy::render::settings::RenderCreation;
use bevy::render::texture::GpuImage;
use bevy::render::{Render, RenderApp, RenderSystems};
use crossbeam_channel::{Receiver, TryRecvError, bounded};

use super::WearerRead;
use super::hands::{Hands, Knock};
use super::wearer::{FrameCount, Wearer, head_of};
use crate::domain::headset::HeadsetLink;
use session::{Found, Live, Standing};
use talk::{Frame, Talk};

/// A headset is looked for this often while there is none.
const LOOK_EVERY_SECS: f32 = 3.0;

/// What happened on the way to the headset.
#[derive(Message, Clone, PartialEq, Eq, Debug)]
pub enum HeadsetNews {
    Found { device: String },
    Lost { why: String },
}

/// The session, shared by the world of the desk and that of its renderer.
#[derive(Resource, Clone, Default)]
pub struct HeadsetSession(Arc<Mutex<Shared>>);

#[derive(Default)]
struct Shared {
    talk: Option<Talk>,
    /// What the eyes were drawn into, and how much of it.
    drawn: Option<([AssetId<Image>; 2], UVec2)>,
    /// Why the renderer could not show the last frame.
    failed: Option<String>,
}

impl HeadsetSession {
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says what the eyes are drawn into from now on.
    pub fn drawn_into(&self, pictures: Option<([AssetId<Image>; 2], UVec2)>) {
        self.lock().drawn = pictures;
    }
}

/// What is made before there is a renderer.
pub struct Prepared {
    /// How Bevy comes to its graphics device; none where only its own way is left, without a headset.
    pub creation: Option<RenderCreation>,
    search: Search,
}

/// Looks for a headset once, and opens the graphics device that it wants, or one that any may want.
pub fn prepare() -> Prepared {
    let mut search = Search::default();
    let found = match native::load() {
        Ok(entry) => {
            search.entry = Some(entry.clone());
            session::look(&entry)
        }
        Err(why) => Err(why),
    };
    let headset = found.as_ref().ok().map(|found| (&found.instance, found.system));
    let creation = match native::Graphics::open(headset) {
        Ok(graphics) => Some(graphics.into_creation()),
        Err(why) => {
            search.never = Some(format!("A headset needs Vulkan. {why}"));
            None
        }
    };
    search.first = Some(found);
    Prepared { creation, search }
}

/// The way to the headset, as systems.
pub fn plugin(app: &mut App, prepared: Prepared) {
    let session = HeadsetSession::default();
    app.insert_resource(session.clone())
        .insert_resource(prepared.search)
        .init_resource::<Wearer>()
        .init_resource::<Hands>()
        .add_message::<HeadsetNews>()
        .add_message::<Knock>()
        .add_systems(First, attend.in_set(WearerRead))
        .add_systems(Last, knock);
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render.insert_resource(session).add_systems(Render, show.after(RenderSystems::Render));
    }
}

/// Looking for a headset.
#[derive(Resource, Default)]
struct Search {
    entry: Option<openxr::Entry>,
    /// What the first look found, before there was a window.
    first: Option<Result<Found, String>>,
    /// A look that is under way.
    looking: Option<Receiver<Result<Found, String>>>,
    secs_since: f32,
    /// Why there never will be one in this run.
    never: Option<String>,
}

impl Search {
    /// What a look has found since the last question; begins the next when it is time.
    fn result(&mut self, step_secs: f32) -> Option<Result<Found, String>> {
        if let Some(why) = &self.never {
            return Some(Err(why.clone()));
        }
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        if let Some(looking) = &self.looking {
            let result = match looking.try_recv() {
                Ok(result) => result,
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => Err("The OpenXR runtime ended while it was asked.".to_owned()),
            };
            self.looking = None;
            return Some(result);
        }
        self.secs_since += step_secs;
        if self.secs_since < LOOK_EVERY_SECS {
            return None;
        }
        self.secs_since = 0.0;
        let entry = match &self.entry {
            Some(entry) => entry.clone(),
            None => match native::load() {
                Ok(entry) => self.entry.insert(entry).clone(),
                Err(why) => return Some(Err(why)),
            },
        };
        let (sender, receiver) = bounded(1);
        let look = move || {
            // Nobody waits any more when the program ends.
            _ = sender.send(session::look(&entry));
        };
        match thread::Builder::new().name("headset".into()).spawn(look) {
            Ok(_) => self.looking = Some(receiver),
            Err(error) => return Some(Err(format!("The system gives no thread to look with: {error}."))),
        }
        None
    }
}

/// Finds, begins and ends sessions, and takes what the runtime says at the beginning of a frame.
fn attend(
    time: Res<Time<Real>>,
    session: Res<HeadsetSession>,
    (device, queue): (Option<Res<RenderDevice>>, Option<Res<RenderQueue>>),
    mut search: ResMut<Search>,
    mut wearer: ResMut<Wearer>,
    mut hands: ResMut<Hands>,
    mut news: MessageWriter<HeadsetNews>,
) {
    let mut shared = session.lock();
    let gpu = device.as_deref().zip(queue.as_deref());
    if let Some(why) = shared.failed.take() {
        lose(&mut shared, gpu, (&mut wearer, &mut hands), &mut news, why);
    }
    if let Some(talk) = &mut shared.talk {
        match talk.frame() {
            Ok(Some(Frame { standing: Standing::Ended, .. })) => {
                let why = "The headset's software ended the session.".to_owned();
                lose(&mut shared, gpu, (&mut wearer, &mut hands), &mut news, why);
            }
            Ok(Some(frame)) => take(frame, &mut wearer, &mut hands),
            // It has not answered yet: this frame is the desk's alone.
            Ok(None) => wearer.eyes = None,
            Err(why) => lose(&mut shared, gpu, (&mut wearer, &mut hands), &mut news, why),
        }
        return;
    }
    let Some(result) = search.result(time.delta_secs()) else { return };
    let begun = result.and_then(|found| {
        let (device, queue) = gpu.ok_or("There is no graphics device.")?;
        let live = Live::begin(found, device.wgpu_device())?;
        Talk::begin(live, device.wgpu_device().clone(), (****queue).clone())
    });
    match begun {
        Ok(talk) => {
            wearer.device.clone_from(&talk.device);
            wearer.picture = Some(talk.picture);
            wearer.link = HeadsetLink::Idle;
            wearer.frame = FrameCount::default();
            news.write(HeadsetNews::Found { device: talk.device.clone() });
            shared.talk = Some(talk);
        }
        Err(why) => {
            let link = HeadsetLink::Searching { why };
            if wearer.link != link {
                wearer.link = link;
            }
        }
    }
}

/// What the runtime says of the wearer, for all who want to know.
fn take(frame: Frame, wearer: &mut Wearer, hands: &mut Hands) {
    let Frame { standing, begin, count } = frame;
    let link = match standing {
        Standing::Focused => HeadsetLink::Focused,
        Standing::Visible => HeadsetLink::Visible,
        Standing::Idle | Standing::Ended => HeadsetLink::Idle,
    };
    if wearer.link != link {
        wearer.link = link;
    }
    if let Some(eyes) = &begin.eyes {
        wearer.head = head_of(eyes);
    }
    wearer.eyes = begin.eyes;
    wearer.frame = count;
    *hands = begin.hands.unwrap_or_default();
}

/// Lets go of a session. The desk goes on.
fn lose(
    shared: &mut Shared,
    gpu: Option<(&RenderDevice, &RenderQueue)>,
    (wearer, hands): (&mut Wearer, &mut Hands),
    news: &mut MessageWriter<HeadsetNews>,
    why: String,
) {
    if let Some((device, _)) = gpu {
        // Commands that draw into the runtime's pictures must be over before the pictures are gone.
        _ = device
            .wgpu_device()
            .poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(Duration::from_secs(2)) });
    }
    shared.talk = None;
    shared.drawn = None;
    wearer.link = HeadsetLink::Searching { why: why.clone() };
    wearer.picture = None;
    wearer.eyes = None;
    *hands = Hands::default();
    news.write(HeadsetNews::Lost { why });
}

/// Hands the pictures of both eyes over, once they are drawn.
fn show(session: Res<HeadsetSession>, images: Res<RenderAssets<GpuImage>>) {
    let mut shared = session.lock();
    let Shared { talk: Some(talk), drawn: Some((eyes, size)), failed } = &mut *shared else { return };
    let [Some(left), Some(right)] = eyes.map(|eye| images.get(eye)) else { return };
    let eyes = [left, right].map(|eye| (*eye.texture).clone());
    if let Err(why) = talk.show(eyes, *size) {
        *failed = Some(why);
    }
}

fn knock(session: Res<HeadsetSession>, mut knocks: MessageReader<Knock>) {
    let shared = session.lock();
    for knock in knocks.read() {
        if let Some(talk) = &shared.talk {
            talk.knock(knock.side, knock.strength);
        }
    }
}
