//! Scene-wide settings: light from all around, fog, background, ground, tags (reference 1.8).

use super::colour::colour;
use super::document::Place;
use crate::domain::colour::Rgba;
use crate::domain::scene::{Ambience, Environment, TagSettings};

/// The surroundings of a scene. `lit`: some node carries a light.
pub fn environment(scene: &Place, lit: bool) -> Environment {
    let settings = scene.get("properties");
    let ambience =
        settings.as_ref().and_then(preset).unwrap_or_else(|| if lit { Ambience::Dark } else { unlit(scene) });
    let Some(settings) = settings else { return Environment { ambience, background: None, fog: None, ground: None } };
    for (key, what) in [("sceneBackgroundSettings", "background"), ("groundPlaneSettings", "ground")] {
        if let Some(texture) = settings.get(key).and_then(|part| part.get("textureUri")) {
            texture.warn(
                format!("pictures on the {what} are not shown yet"),
                format!("The {what} has one colour."),
                "",
            );
        }
    }
    if let Some(space) = settings.get("matterportModelId") {
        space.warn("Matterport spaces are not shown yet", "The space around the equipment is missing.", "");
    }
    Environment {
        ambience,
        background: settings.get("sceneBackgroundSettings").and_then(|part| colour(&part, "color")),
        fog: settings.get("fogSettings").map(|part| fog(&part)),
        ground: settings.get("groundPlaneSettings").map(|part| ground(&part)),
    }
}

pub fn tags(scene: &Place) -> TagSettings {
    let settings = scene.get("properties").and_then(|settings| settings.get("componentSettings"));
    let Some(settings) = settings.and_then(|settings| settings.get("Tag")) else { return TagSettings::default() };
    TagSettings {
        scale: settings.number("scale").filter(|scale| *scale > 0.0).unwrap_or(1.0),
        occluded: settings.flag("enableOcclusion").unwrap_or(false),
    }
}

fn preset(settings: &Place) -> Option<Ambience> {
    let name = settings.text("environmentPreset")?;
    Some(match name {
        "neutral" => Ambience::Neutral,
        "directional" => Ambience::Directional,
        "chromatic" => Ambience::Chromatic,
        _ => {
            if let Some(place) = settings.get("environmentPreset") {
                let message = format!("expected neutral, directional or chromatic, found \"{name}\"");
                place.warn(message, "The neutral light is shown.", "\"environmentPreset\": \"neutral\"");
            }
            Ambience::Neutral
        }
    })
}

/// TwinMaker shows such a scene black. That helps nobody.
fn unlit(scene: &Place) -> Ambience {
    let place = scene.get("properties").unwrap_or_else(|| scene.clone());
    let meaning = "TwinMaker would show the models black; here they are shown in neutral light.";
    place.warn("the scene has neither environmentPreset nor a light", meaning, "\"environmentPreset\": \"neutral\"");
    Ambience::Neutral
}

/// Linear fog; near and far default to 1 m and 1000 m.
fn fog(settings: &Place) -> (Rgba, f32, f32) {
    const COLOUR: Rgba = Rgba::from_hex(0xcccccc);
    let positive = |key: &'static str| settings.number(key).filter(|metres| *metres > 0.0);
    let (near, far) = (positive("near").unwrap_or(1.0), positive("far").unwrap_or(1000.0));
    let colour = colour(settings, "color").unwrap_or(COLOUR);
    if near < far {
        return (colour, near, far);
    }
    let message = format!("expected fog that starts nearer than it ends, found near {near} and far {far}");
    settings.warn(message, "The fog runs from 1 m to 1000 m.", "\"near\": 1, \"far\": 1000");
    (colour, 1.0, 1000.0)
}

/// A ground plane; opacities outside 0..=1 make it invisible, as in TwinMaker.
fn ground(settings: &Place) -> Rgba {
    const COLOUR: Rgba = Rgba::from_hex(0x00ff00);
    let opacity = settings.number("opacity").unwrap_or(1.0);
    let opacity = if (0.0..=1.0).contains(&opacity) { opacity } else { 0.0 };
    colour(settings, "color").unwrap_or(COLOUR).with_alpha(opacity)
}
