//! How much the picture may cost: steps down by itself on a slow adapter, and says so.
//!
//! Software rendering is what many virtual machines have. There, anti-aliasing and shadows go at
//! once, and the resolution follows the frame time.

use bevy::light::DirectionalLightShadowMap;
use bevy::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::view::Msaa;
use wgpu_types::DeviceType;

use super::TwinSystems;
use super::camera::SceneView;

/// What the picture costs at present.
#[derive(Resource, Clone, PartialEq, Debug)]
pub struct QualityLevel {
    /// Pixels drawn for one pixel shown, along each side.
    pub resolution_scale: f32,
    pub shadows: bool,
    pub anti_aliasing: bool,
    /// Diffuse light only: no reflections, no tone mapping.
    pub plain_light: bool,
    /// The adapter is a processor, not a graphics card.
    pub software: bool,
    /// Off screen, a picture is made once and made well: nothing steps down.
    pub fixed: bool,
}

impl Default for QualityLevel {
    fn default() -> Self {
        Self {
            resolution_scale: 1.0,
            shadows: true,
            anti_aliasing: true,
            plain_light: false,
            software: false,
            fixed: false,
        }
    }
}

impl QualityLevel {
    /// In words for the status bar; empty while nothing is reduced.
    pub fn note(&self) -> String {
        if !self.software && self.resolution_scale >= 1.0 {
            return String::new();
        }
        let cause = if self.software { "Software rendering" } else { "Slow frames" };
        let mut reduced = Vec::new();
        if !self.shadows {
            reduced.push("no shadows".to_owned());
        }
        if !self.anti_aliasing {
            reduced.push("no anti-aliasing".to_owned());
        }
        if self.plain_light {
            reduced.push("plain light".to_owned());
        }
        if self.resolution_scale < 1.0 {
            reduced.push(format!("{:.0} % resolution", self.resolution_scale * 100.0));
        }
        if reduced.is_empty() { cause.to_owned() } else { format!("{cause}: {}", reduced.join(", ")) }
    }
}

/// Below this many frames a second the resolution goes down, above the second it goes up again.
const FRAMES_PER_SEC: (f32, f32) = (11.0, 24.0);
/// Coarsest picture that can still be read.
const LOWEST_SCALE: f32 = 0.5;
/// A step is followed by this many frames of looking before the next.
const SETTLE_FRAMES: u32 = 12;

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<QualityLevel>()
        .insert_resource(DirectionalLightShadowMap { size: 2048 })
        .add_systems(PreStartup, meet_adapter)
        .add_systems(Update, (adapt, apply).chain().before(TwinSystems::Ingest));
}

fn meet_adapter(adapter: Option<Res<RenderAdapterInfo>>, mut level: ResMut<QualityLevel>) {
    let software = adapter.is_some_and(|adapter| adapter.device_type == DeviceType::Cpu);
    level.software = software;
    if software && !level.fixed {
        level.shadows = false;
        level.anti_aliasing = false;
        level.plain_light = true;
        level.resolution_scale = 0.75;
    }
}

fn adapt(time: Res<Time<Real>>, mut level: ResMut<QualityLevel>, mut average: Local<f32>, mut frames: Local<u32>) {
    let seconds = time.delta_secs();
    if level.fixed || seconds <= 0.0 {
        return;
    }
    *average = if *average == 0.0 { seconds } else { *average * 0.9 + seconds.min(1.0) * 0.1 };
    *frames += 1;
    if *frames < SETTLE_FRAMES {
        return;
    }
    let scale = next_scale(level.resolution_scale, 1.0 / *average, level.software);
    if scale != level.resolution_scale {
        level.resolution_scale = scale;
        *frames = 0;
        *average = 0.0;
    }
}

fn next_scale(scale: f32, frames_per_sec: f32, software: bool) -> f32 {
    let highest: f32 = if software { 0.75 } else { 1.0 };
    if frames_per_sec < FRAMES_PER_SEC.0 {
        (scale - 0.125).max(LOWEST_SCALE)
    } else if frames_per_sec > FRAMES_PER_SEC.1 {
        (scale + 0.125).min(highest.max(scale))
    } else {
        scale
    }
}

pub(super) fn apply(
    level: Res<QualityLevel>,
    mut cameras: Query<&mut Msaa, With<SceneView>>,
    mut suns: Query<(&mut DirectionalLight, &super::environment::WantsShadows)>,
    mut lamps: Query<(&mut PointLight, &super::environment::WantsShadows)>,
) {
    if !level.is_changed() && suns.iter().all(|(sun, wants)| sun.shadow_maps_enabled == (wants.0 && level.shadows)) {
        return;
    }
    for mut samples in &mut cameras {
        samples.set_if_neq(if level.anti_aliasing { Msaa::Sample4 } else { Msaa::Off });
    }
    for (mut sun, wants) in &mut suns {
        sun.shadow_maps_enabled = wants.0 && level.shadows;
    }
    for (mut lamp, wants) in &mut lamps {
        lamp.shadow_maps_enabled = wants.0 && level.shadows;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolution_follows_the_frame_time_within_bounds() {
        assert_eq!(next_scale(0.75, 8.0, true), 0.625);
        assert_eq!(next_scale(0.5, 3.0, true), 0.5);
        assert_eq!(next_scale(0.625, 15.0, true), 0.625);
        assert_eq!(next_scale(0.625, 40.0, true), 0.75);
        assert_eq!(next_scale(0.75, 40.0, true), 0.75);
        assert_eq!(next_scale(0.875, 60.0, false), 1.0);
    }

    #[test]
    fn it_says_what_is_reduced() {
        assert_eq!(QualityLevel::default().note(), "");
        let level = QualityLevel {
            resolution_scale: 0.5,
            shadows: false,
            anti_aliasing: false,
            plain_light: true,
            software: true,
            fixed: false,
        };
        assert_eq!(level.note(), "Software rendering: no shadows, no anti-aliasing, plain light, 50 % resolution");
    }
}
