//! One session with a headset: from the runtime that was found to the picture that is shown.
//!
//! Nothing here panics, whatever the runtime does: each call that fails ends the session with words, and
//! another is looked for. The library's own frame loop does panic when a runtime dies, so only its bridge
//! between textures is used.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use bevy_mod_openxr::resources::{OxrSwapchain, OxrSwapchainImages};
use bevy_mod_openxr::types::{SwapchainCreateFlags, SwapchainCreateInfo, SwapchainUsageFlags};
use openxr::{
    ApplicationInfo, CompositionLayerProjection, CompositionLayerProjectionView, Entry, EnvironmentBlendMode, Event,
    EventDataBuffer, Extent2Di, FormFactor, FrameState, FrameStream, FrameWaiter, Instance, Offset2Di, Posef, Rect2Di,
    ReferenceSpaceType, Session, SessionState, Space, SwapchainSubImage, SystemId, Vector3f, View,
    ViewConfigurationType, ViewStateFlags, Vulkan,
};
use wgpu::TextureFormat;

use super::actions::Actions;
use super::convert::{sight, tracked};
use super::native;
use crate::xr::hands::{Hands, Side};
use crate::xr::wearer::{EyeView, FrameCount, PictureKind, head_of};

const STEREO: ViewConfigurationType = ViewConfigurationType::PRIMARY_STEREO;
/// Where a runtime knows no floor, the head is taken to begin at this height above one.
const HEAD_HEIGHT_M: f32 = 1.6;

/// A runtime with a headset that nobody uses yet.
pub struct Found {
    pub instance: Instance,
    pub system: SystemId,
    /// Device and runtime in words.
    pub device: String,
    tracking: bool,
    bare_hands: bool,
}

/// Asks the runtime of this computer for a headset.
///
/// # Errors
/// In words: what is missing, and what to do.
pub fn look(entry: &Entry) -> Result<Found, String> {
    use openxr::sys::Result as Failure;
    let offered = entry.enumerate_extensions().map_err(|error| match error {
        Failure::ERROR_RUNTIME_UNAVAILABLE => "No OpenXR runtime is set up on this computer.".to_owned(),
        error => format!("The OpenXR runtime does not answer: {error}."),
    })?;
    let mut wanted = openxr::ExtensionSet::default();
    // The older of the two: it takes a device that the program made, as ours is. See `native`.
    wanted.khr_vulkan_enable = offered.khr_vulkan_enable;
    wanted.khr_vulkan_enable2 = !offered.khr_vulkan_enable && offered.khr_vulkan_enable2;
    if !wanted.khr_vulkan_enable && !wanted.khr_vulkan_enable2 {
        return Err("The OpenXR runtime does not take pictures of Vulkan.".to_owned());
    }
    wanted.ext_hand_tracking = offered.ext_hand_tracking;
    wanted.ext_hand_interaction = offered.ext_hand_interaction;
    let version =
        |text: &str| text.split('.').filter_map(|part| part.parse().ok()).fold(0, |all, part: u32| all * 100 + part);
    let info = ApplicationInfo {
        application_name: "twinscope",
        application_version: version(env!("CARGO_PKG_VERSION")),
        engine_name: "Bevy",
        engine_version: version("0.19.1"),
        api_version: openxr::Version::new(1, 0, 34),
    };
    let instance = entry.create_instance(&info, &wanted, &[]).map_err(|error| match error {
        Failure::ERROR_RUNTIME_UNAVAILABLE => "No OpenXR runtime is set up on this computer.".to_owned(),
        error => format!("The OpenXR runtime does not run: {error}."),
    })?;
    let system = instance.system(FormFactor::HEAD_MOUNTED_DISPLAY).map_err(|error| match error {
        Failure::ERROR_FORM_FACTOR_UNAVAILABLE => "No headset is connected.".to_owned(),
        error => format!("The OpenXR runtime has no headset: {error}."),
    })?;
    let views = instance.enumerate_view_configurations(system).unwrap_or_default();
    if !views.contains(&STEREO) {
        return Err("The headset does not show two eyes.".to_owned());
    }
    let runtime = instance.properties().map_or_else(|_| String::new(), |runtime| runtime.runtime_name);
    let name = instance.system_properties(system).map_or_else(|_| String::new(), |system| system.system_name);
    let device = if name.is_empty() { runtime } else { format!("{name} ({runtime})") };
    let tracking = wanted.ext_hand_tracking && instance.supports_hand_tracking(system).unwrap_or(false);
    Ok(Found { instance, system, device, tracking, bare_hands: wanted.ext_hand_interaction })
}

/// What came of looking for events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// The runtime shows something else, or nothing.
    Idle,
    Visible,
    Focused,
    /// The runtime asked to end; another session may begin later.
    Ended,
}

/// A frame that has begun and must be ended.
struct Begun {
    state: FrameState,
    views: Option<[View; 2]>,
    at: Instant,
}

/// A session with a headset.
pub struct Live {
    pub device: String,
    pub picture: PictureKind,
    // Dropped in this order: what belongs to the session before it, and it before its instance.
    begun: Option<Begun>,
    actions: Actions,
    images: OxrSwapchainImages,
    swapchain: OxrSwapchain,
    stage: Space,
    stream: FrameStream<Vulkan>,
    waiter: FrameWaiter,
    session: Session<Vulkan>,
    instance: Instance,
    blend: EnvironmentBlendMode,
    state: SessionState,
    running: bool,
    last_display: Option<i64>,
    pub count: FrameCount,
}

/// What a frame begins with.
#[derive(Default)]
pub struct FrameBegin {
    /// None while no picture is wanted.
    pub eyes: Option<[EyeView; 2]>,
    pub hands: Option<Hands>,
}

impl Live {
    /// Begins a session with a headset that was found.
    ///
    /// # Errors
    /// In words, with what the runtime said.
    pub fn begin(found: Found, device: &wgpu::Device) -> Result<Self, String> {
        let Found { instance, system, device: name, tracking, bare_hands } = found;
        let (session, waiter, stream) = native::begin_session(&instance, system, device)?;
        let words = |what: &'static str| move |error: openxr::sys::Result| format!("{what}: {error}.");
        let views = instance
            .enumerate_view_configuration_views(system, STEREO)
            .map_err(words("The runtime does not say how large its pictures are"))?;
        let view = views.first().ok_or("The runtime does not say how large its pictures are.")?;
        let size = UVec2::new(view.recommended_image_rect_width, view.recommended_image_rect_height);
        if size.cmplt(UVec2::splat(16)).any() || size.cmpgt(UVec2::splat(8192)).any() {
            return Err(format!("The runtime wants pictures of {} x {}, which cannot be drawn.", size.x, size.y));
        }
        let offered = session.enumerate_swapchain_formats().map_err(words("The runtime names no kind of picture"))?;
        // Vulkan's numbers of the two.
        let format = [(TextureFormat::Rgba8UnormSrgb, 43), (TextureFormat::Bgra8UnormSrgb, 50)]
            .into_iter()
            .find_map(|(format, number)| offered.contains(&number).then_some(format))
            .ok_or("The runtime takes no pictures of 8 bits a colour.")?;
        let wrapped = bevy_mod_openxr::session::OxrSession::from_inner(session.clone());
        let swapchain = wrapped
            .create_swapchain(SwapchainCreateInfo {
                create_flags: SwapchainCreateFlags::EMPTY,
                usage_flags: SwapchainUsageFlags::COLOR_ATTACHMENT
                    | SwapchainUsageFlags::SAMPLED
                    | SwapchainUsageFlags::TRANSFER_DST,
                format,
                sample_count: 1,
                width: size.x,
                height: size.y,
                face_count: 1,
                array_size: 2,
                mip_count: 1,
            })
            .map_err(|error| format!("The runtime gives no pictures to draw into: {error}."))?;
        let images = swapchain
            .enumerate_images(device, format, size)
            .map_err(|error| format!("The pictures of the runtime cannot be drawn into: {error}."))?;
        let stage = floor(&session).map_err(words("The runtime knows no place to stand"))?;
        let blends = instance
            .enumerate_environment_blend_modes(system, STEREO)
            .map_err(words("The runtime does not say how it mixes pictures"))?;
        let opaque = blends.iter().find(|blend| **blend == EnvironmentBlendMode::OPAQUE).or(blends.first());
        let blend = *opaque.ok_or("The runtime does not say how it mixes pictures.")?;
        let actions =
            Actions::new(&instance, &session, bare_hands, tracking).map_err(words("The controllers cannot be read"))?;
        Ok(Self {
            device: name,
            picture: PictureKind { size, format },
            begun: None,
            actions,
            images,
            swapchain,
            stage,
            stream,
            waiter,
            session,
            instance,
            blend,
            state: SessionState::UNKNOWN,
            running: false,
            last_display: None,
            count: FrameCount::default(),
        })
    }

    /// Takes what the runtime has to tell, and begins and ends showing pictures as it wants.
    ///
    /// # Errors
    /// When the session is lost.
    pub fn attend(&mut self) -> Result<Standing, String> {
        let mut buffer = EventDataBuffer::new();
        let mut ended = false;
        while let Some(event) = self.instance.poll_event(&mut buffer).map_err(lost)? {
            match event {
                Event::SessionStateChanged(change) => {
                    self.state = change.state();
                    match self.state {
                        SessionState::READY => {
                            self.session.begin(STEREO).map_err(lost)?;
                            self.running = true;
                        }
                        SessionState::STOPPING => {
                            self.abandon_frame()?;
                            self.session.end().map_err(lost)?;
                            self.running = false;
                        }
                        SessionState::EXITING | SessionState::LOSS_PENDING => ended = true,
                        _ => {}
                    }
                }
                Event::InstanceLossPending(_) => ended = true,
                _ => {}
            }
        }
        Ok(match self.state {
            _ if ended => Standing::Ended,
            SessionState::FOCUSED => Standing::Focused,
            SessionState::VISIBLE => Standing::Visible,
            _ => Standing::Idle,
        })
    }

    /// Waits until the next picture is due, and tells where eyes and hands will be then.
    ///
    /// # Errors
    /// When the session is lost.
    pub fn begin_frame(&mut self) -> Result<FrameBegin, String> {
        if !self.running {
            return Ok(FrameBegin::default());
        }
        // One that was never drawn: the window's renderer skipped it.
        self.abandon_frame()?;
        let state = self.waiter.wait().map_err(lost)?;
        let at = Instant::now();
        self.keep_count(&state);
        self.stream.begin().map_err(lost)?;
        self.begun = Some(Begun { state, views: None, at });
        let time = state.predicted_display_time;
        let (flags, views) = self.session.locate_views(STEREO, time, &self.stage).map_err(lost)?;
        let valid = ViewStateFlags::ORIENTATION_VALID | ViewStateFlags::POSITION_VALID;
        let views: Option<[View; 2]> = views.try_into().ok().filter(|_| flags.contains(valid));
        let eyes = views.and_then(|[left, right]| Some([eye(&left)?, eye(&right)?]));
        let hands = match (&eyes, self.state) {
            (Some(eyes), SessionState::FOCUSED) => {
                Some(self.actions.read(&self.session, &self.stage, time, head_of(eyes)).map_err(lost)?)
            }
            _ => None,
        };
        let shown = eyes.filter(|_| state.should_render);
        if let Some(begun) = &mut self.begun {
            begun.views = views.filter(|_| shown.is_some());
        }
        Ok(FrameBegin { eyes: shown, hands })
    }

    fn keep_count(&mut self, state: &FrameState) {
        let period = state.predicted_display_period.as_nanos().max(1);
        self.count.budget = Duration::from_nanos(period.unsigned_abs());
        let display = state.predicted_display_time.as_nanos();
        if let Some(before) = self.last_display.replace(display) {
            let periods = (display - before + period / 2) / period;
            self.count.missed += u64::try_from(periods - 1).unwrap_or(0);
        }
    }

    /// Ends a frame that has begun, with nothing to show.
    fn abandon_frame(&mut self) -> Result<(), String> {
        let Some(begun) = self.begun.take() else { return Ok(()) };
        self.stream.end(begun.state.predicted_display_time, self.blend, &[]).map_err(lost)
    }

    /// Shows what was drawn for both eyes: the upper left part of `size` of each picture.
    ///
    /// # Errors
    /// When the session is lost.
    pub fn show(
        &mut self,
        eyes: [&wgpu::Texture; 2],
        size: UVec2,
        gpu: (&wgpu::Device, &wgpu::Queue),
    ) -> Result<(), String> {
        let fits = |eye: &wgpu::Texture| {
            let same = eye.format().remove_srgb_suffix() == self.picture.format.remove_srgb_suffix();
            same && eye.width() >= size.x && eye.height() >= size.y && size.cmple(self.picture.size).all()
        };
        let Some(views) = self.begun.as_ref().and_then(|begun| begun.views) else { return self.abandon_frame() };
        if !eyes.into_iter().all(fits) {
            return self.abandon_frame();
        }
        let words = |error: bevy_mod_openxr::error::OxrError| format!("The headset takes no picture: {error}.");
        let index = self.swapchain.acquire_image().map_err(words)?;
        self.swapchain.wait_image(openxr::Duration::from_nanos(1_000_000_000)).map_err(words)?;
        let image = self.images.get(index as usize).ok_or("The runtime names a picture that it never gave.")?;
        copy(eyes, image, size, gpu);
        self.swapchain.release_image().map_err(words)?;
        let Some(begun) = self.begun.take() else { return Ok(()) };
        let rect = Rect2Di {
            offset: Offset2Di { x: 0, y: 0 },
            extent: Extent2Di { width: size.x as i32, height: size.y as i32 },
        };
        let bevy_mod_openxr::graphics::GraphicsWrap::Vulkan(swapchain) = &self.swapchain.0;
        let views = [0, 1].map(|eye: usize| {
            let picture = SwapchainSubImage::new().swapchain(swapchain).image_array_index(eye as u32).image_rect(rect);
            CompositionLayerProjectionView::new().pose(views[eye].pose).fov(views[eye].fov).sub_image(picture)
        });
        let layer = CompositionLayerProjection::new().space(&self.stage).views(&views);
        self.stream.end(begun.state.predicted_display_time, self.blend, &[&layer]).map_err(lost)?;
        self.count.taken = begun.at.elapsed();
        self.count.shown += 1;
        Ok(())
    }

    pub fn knock(&self, side: Side, strength: f32) {
        self.actions.knock(&self.session, side, strength);
    }
}

/// The floor that the wearer stands on.
fn floor(session: &Session<Vulkan>) -> openxr::Result<Space> {
    let known = session.enumerate_reference_spaces()?;
    if known.contains(&ReferenceSpaceType::STAGE) {
        return session.create_reference_space(ReferenceSpaceType::STAGE, Posef::IDENTITY);
    }
    let below = Posef { position: Vector3f { x: 0.0, y: -HEAD_HEIGHT_M, z: 0.0 }, ..Posef::IDENTITY };
    session.create_reference_space(ReferenceSpaceType::LOCAL, below)
}

fn eye(view: &View) -> Option<EyeView> {
    Some(EyeView { pose: tracked(view.pose)?, sight: sight(view.fov)? })
}

fn copy(eyes: [&wgpu::Texture; 2], image: &wgpu::Texture, size: UVec2, (device, queue): (&wgpu::Device, &wgpu::Queue)) {
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some("headset") });
    let extent = wgpu::Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 };
    for (layer, eye) in (0..).zip(eyes) {
        let mut target = image.as_image_copy();
        target.origin.z = layer;
        encoder.copy_texture_to_texture(eye.as_image_copy(), target, extent);
    }
    // OpenXR wants its pictures back as targets of drawing; a pass that draws nothing makes them so.
    for layer in 0..2 {
        let view = image.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2),
            base_array_layer: layer,
            array_layer_count: Some(1),
            ..Default::default()
        });
        encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("headset"),
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                depth_slice: None,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Store },
            })],
            ..Default::default()
        });
    }
    queue.submit([encoder.finish()]);
}

fn lost(error: openxr::sys::Result) -> String {
    use openxr::sys::Result as Failure;
    match error {
        Failure::ERROR_INSTANCE_LOST | Failure::ERROR_RUNTIME_FAILURE => {
            "The headset's software ended or does not answer.".to_owned()
        }
        Failure::ERROR_SESSION_LOST => "The headset was taken away from the program.".to_owned(),
        error => format!("The headset's software reports an error: {error}."),
    }
}
