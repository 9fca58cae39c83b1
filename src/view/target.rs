//! The picture that the 3D camera draws into.
//!
//! The scene is always drawn into an image: on the desk the console shows it between its panels, off
//! screen it is written to a file. So both are the same code, the resolution can go down on a slow
//! adapter without touching the panels, and nothing is shaded behind them.

use bevy::asset::RenderAssetUsages;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::image::ImageSampler;
use bevy::prelude::*;
use bevy::render::render_resource::{Extent3d, TextureDimension, TextureFormat, TextureUsages};

use super::camera::SceneCamera;
use super::quality::QualityLevel;

/// Where on the window the picture stands, and how large.
#[derive(Resource, Clone, PartialEq, Debug)]
pub struct Viewport {
    /// Upper left corner in logical pixels of the window.
    pub origin: Vec2,
    /// Logical pixels.
    pub size: Vec2,
    /// Physical pixels per logical pixel.
    pub scale_factor: f32,
}

impl Default for Viewport {
    fn default() -> Self {
        Self { origin: Vec2::ZERO, size: Vec2::new(1280.0, 720.0), scale_factor: 1.0 }
    }
}

impl Viewport {
    /// A place on the window as a place on the picture in 0..1; none outside.
    pub fn normalised(&self, on_window: Vec2) -> Option<Vec2> {
        let place = (on_window - self.origin) / self.size.max(Vec2::ONE);
        (place.cmpge(Vec2::ZERO).all() && place.cmple(Vec2::ONE).all()).then_some(place)
    }
}

/// The image that the scene is drawn into.
#[derive(Resource)]
pub struct ScenePicture {
    pub image: Handle<Image>,
    size: UVec2,
}

impl ScenePicture {
    /// Physical pixels of the image.
    pub fn size(&self) -> UVec2 {
        self.size
    }
}

impl FromWorld for ScenePicture {
    fn from_world(world: &mut World) -> Self {
        let size = UVec2::new(1280, 720);
        let image = world.resource_mut::<Assets<Image>>().add(picture(size));
        Self { image, size }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Viewport>().init_resource::<ScenePicture>().add_systems(PreUpdate, fit);
}

/// An image that can be drawn into, shown and read back.
pub fn picture(size: UVec2) -> Image {
    let extent = Extent3d { width: size.x.max(1), height: size.y.max(1), depth_or_array_layers: 1 };
    let mut image =
        Image::new_uninit(extent, TextureDimension::D2, TextureFormat::Rgba8UnormSrgb, RenderAssetUsages::default());
    // Shown larger or smaller than it was drawn, it is smoothed rather than blocky.
    image.sampler = ImageSampler::linear();
    image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
    image
}

fn fit(
    viewport: Res<Viewport>,
    quality: Res<QualityLevel>,
    mut picture_of: ResMut<ScenePicture>,
    mut images: ResMut<Assets<Image>>,
    mut cameras: Query<&mut RenderTarget, With<SceneCamera>>,
) {
    let wanted = (viewport.size * viewport.scale_factor * quality.resolution_scale).as_uvec2();
    // Multiples of 8, so that dragging a panel does not make a new image each pixel.
    let wanted = (wanted / 8 * 8).clamp(UVec2::splat(64), UVec2::splat(8192));
    if wanted == picture_of.size {
        return;
    }
    let image = images.add(picture(wanted));
    for mut target in &mut cameras {
        *target = RenderTarget::Image(ImageRenderTarget { handle: image.clone(), scale_factor: 1.0 });
    }
    *picture_of = ScenePicture { image, size: wanted };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_outside_the_picture_are_none() {
        let viewport = Viewport { origin: Vec2::new(260.0, 32.0), size: Vec2::new(700.0, 500.0), scale_factor: 2.0 };
        assert_eq!(viewport.normalised(Vec2::new(610.0, 282.0)), Some(Vec2::new(0.5, 0.5)));
        assert_eq!(viewport.normalised(Vec2::new(259.0, 282.0)), None);
        assert_eq!(viewport.normalised(Vec2::new(610.0, 533.0)), None);
    }
}
