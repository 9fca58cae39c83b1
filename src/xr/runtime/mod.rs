//! The way to a headset through OpenXR: looked for, begun, lost, and looked for again.
//!
//! The program has its graphics device before it has a headset (see `native`), and a runtime may come and
//! go at any time. While there is none, one is looked for every few seconds on a thread of its own, since
//! some runtimes think long. A frame waits for the headset at its beginning, and shows its pictures at its
//! end, in the renderer's world; both hold the same session, never at the same time.

mod actions;
mod convert;
mod native;
mod session;

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
    live: Option<Box<Live>>,
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
        .add_systems(First, (attend, begin_frame).chain().in_set(WearerRead))
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

/// Finds, begins and ends sessions.
fn attend(
    time: Res<Time<Real>>,
    session: Res<HeadsetSession>,
    device: Option<Res<RenderDevice>>,
    mut search: ResMut<Search>,
    mut wearer: ResMut<Wearer>,
    mut hands: ResMut<Hands>,
    mut news: MessageWriter<HeadsetNews>,
) {
    let mut shared = session.lock();
    if let Some(why) = shared.failed.take() {
        lose(&mut shared, device.as_deref(), (&mut wearer, &mut hands), &mut news, why);
    }
    if let Some(live) = &mut shared.live {
        let link = match live.attend() {
            Ok(Standing::Idle) => HeadsetLink::Idle,
            Ok(Standing::Visible) => HeadsetLink::Visible,
            Ok(Standing::Focused) => HeadsetLink::Focused,
            Ok(Standing::Ended) => {
                let why = "The headset's software ended the session.".to_owned();
                return lose(&mut shared, device.as_deref(), (&mut wearer, &mut hands), &mut news, why);
            }
            Err(why) => return lose(&mut shared, device.as_deref(), (&mut wearer, &mut hands), &mut news, why),
        };
        if wearer.link != link {
            wearer.link = link;
        }
        return;
    }
    let Some(result) = search.result(time.delta_secs()) else { return };
    let begun = result.and_then(|found| {
        let device = device.ok_or("There is no graphics device.")?;
        Live::begin(found, device.wgpu_device())
    });
    match begun {
        Ok(live) => {
            wearer.device.clone_from(&live.device);
            wearer.picture = Some(live.picture);
            wearer.link = HeadsetLink::Idle;
            wearer.frame = FrameCount::default();
            news.write(HeadsetNews::Found { device: live.device.clone() });
            shared.live = Some(Box::new(live));
        }
        Err(why) => {
            let link = HeadsetLink::Searching { why };
            if wearer.link != link {
                wearer.link = link;
            }
        }
    }
}

/// Lets go of a session. The desk goes on.
fn lose(
    shared: &mut Shared,
    device: Option<&RenderDevice>,
    (wearer, hands): (&mut Wearer, &mut Hands),
    news: &mut MessageWriter<HeadsetNews>,
    why: String,
) {
    if let Some(device) = device {
        // Commands that draw into the runtime's pictures must be over before the pictures are gone.
        _ = device
            .wgpu_device()
            .poll(wgpu::PollType::Wait { submission_index: None, timeout: Some(Duration::from_secs(2)) });
    }
    shared.live = None;
    shared.drawn = None;
    wearer.link = HeadsetLink::Searching { why: why.clone() };
    wearer.picture = None;
    wearer.eyes = None;
    *hands = Hands::default();
    news.write(HeadsetNews::Lost { why });
}

/// Waits for the headset and takes what it says of eyes and hands.
fn begin_frame(session: Res<HeadsetSession>, mut wearer: ResMut<Wearer>, mut hands: ResMut<Hands>) {
    let mut shared = session.lock();
    let begin = match &mut shared.live {
        Some(live) => live.begin_frame().map(|begin| (begin, live.count)),
        None => return,
    };
    match begin {
        Ok((begin, count)) => {
            if let Some(eyes) = &begin.eyes {
                wearer.head = head_of(eyes);
            }
            wearer.eyes = begin.eyes;
            wearer.frame = count;
            *hands = begin.hands.unwrap_or_default();
        }
        Err(why) => {
            *hands = Hands::default();
            shared.failed = Some(why);
        }
    }
}

/// Hands the pictures of both eyes over, once they are drawn.
fn show(
    session: Res<HeadsetSession>,
    images: Res<RenderAssets<GpuImage>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
) {
    let mut shared = session.lock();
    let Shared { live: Some(live), drawn: Some((eyes, size)), failed } = &mut *shared else { return };
    let [Some(left), Some(right)] = eyes.map(|eye| images.get(eye)) else { return };
    let gpu = (device.wgpu_device(), &****queue);
    if let Err(why) = live.show([&left.texture, &right.texture], *size, gpu) {
        *failed = Some(why);
    }
}

fn knock(session: Res<HeadsetSession>, mut knocks: MessageReader<Knock>) {
    let shared = session.lock();
    for knock in knocks.read() {
        if let Some(live) = &shared.live {
            live.knock(knock.side, knock.strength);
        }
    }
}
