//! The `rules` map of a scene document.
//!
//! Colours are shown as CSS means them. (TwinMaker's renderer makes them linear twice, so that
//! there they come out darker.)

use std::collections::BTreeMap;
use std::sync::Arc;

use super::colour::css;
use super::document::Place;
use crate::domain::colour::Rgba;
use crate::domain::expression::Expression;
use crate::domain::rule::{Icon, IconKind, Rule, Target};

const ICON: &str = "iottwinmaker.common.icon:";
const COLOUR: &str = "iottwinmaker.common.color:";
const OPACITY: &str = "iottwinmaker.common.opacity:";
const NUMBER: &str = "iottwinmaker.common.number";

/// What TwinMaker takes for a colour target without colour.
const ERROR_RED: Rgba = Rgba::from_hex(0xd13212);

/// All rules of a scene, by id.
#[derive(Debug)]
pub struct RuleBook<'a>(BTreeMap<&'a str, Entry>);

#[derive(Debug)]
struct Entry {
    statements: Vec<(Expression, Target)>,
    rule: Arc<Rule>,
}

impl<'a> RuleBook<'a> {
    /// `names`: properties whose names are no plain words.
    pub fn read(scene: &Place<'a>, names: &[&str]) -> Self {
        let entries = scene.entries("rules").into_iter().map(|(id, place)| {
            let statements: Vec<_> =
                place.list("statements").iter().filter_map(|place| statement(place, names)).collect();
            let rule = Arc::new(Rule::new(id, statements.clone()));
            (id, Entry { statements, rule })
        });
        Self(entries.collect())
    }

    pub fn get(&self, id: &str) -> Option<Arc<Rule>> {
        self.0.get(id).map(|entry| Arc::clone(&entry.rule))
    }

    /// The rule for a tag whose Custom sign has a colour of its own: statements that show a Custom
    /// sign without colour take it.
    pub fn with_custom_colour(&self, id: &str, colour: Option<Rgba>) -> Option<Arc<Rule>> {
        let entry = self.0.get(id)?;
        let open = |target: &Target| matches!(target, Target::Icon(Icon { kind: IconKind::Custom, colour: None }));
        if colour.is_none() || !entry.rule.targets().any(open) {
            return Some(Arc::clone(&entry.rule));
        }
        let coloured = entry.statements.iter().cloned().map(|(condition, target)| match target {
            target if open(&target) => (condition, Target::Icon(Icon { kind: IconKind::Custom, colour })),
            target => (condition, target),
        });
        Some(Arc::new(Rule::new(id, coloured)))
    }

    pub fn ids(&self) -> impl Iterator<Item = &'a str> {
        self.0.keys().copied()
    }
}

fn statement(place: &Place, names: &[&str]) -> Option<(Expression, Target)> {
    const MEANING: &str = "This statement of the rule never decides.";
    let Some(text) = place.text("expression") else {
        place.error("the statement has no expression", MEANING, "\"expression\": \"Temperature > 100\"");
        return None;
    };
    match Expression::parse_with_names(text, names) {
        Ok(condition) => Some((condition, target(place))),
        Err(error) => {
            let at = text.get(..error.at).map_or(0, |before| before.chars().count()) + 1;
            let message = format!("the expression \"{text}\" cannot be read at character {at}: {}", error.message);
            let place = place.get("expression").unwrap_or_else(|| place.clone());
            place.error(message, MEANING, "\"expression\": \"Temperature > 100\"");
            None
        }
    }
}

fn target(place: &Place) -> Target {
    let text = place.text("target").unwrap_or("");
    let metadata_colour = || place.get("targetMetadata").and_then(|metadata| super::colour::colour(&metadata, "color"));
    if let Some(name) = text.strip_prefix(ICON) {
        let kind = icon_kind(name);
        let colour = (kind == IconKind::Custom).then(metadata_colour).flatten();
        return Target::Icon(Icon { kind, colour });
    }
    if let Some(name) = text.strip_prefix(COLOUR) {
        return Target::Colour(target_colour(place, name));
    }
    if let Some(number) = text.strip_prefix(OPACITY) {
        return Target::Opacity(target_opacity(place, number));
    }
    if text.starts_with(NUMBER) {
        return Target::Number;
    }
    let example = format!("\"target\": \"{ICON}Error\"");
    place.warn(format!("the target \"{text}\" is not known"), "The sign Info is shown, as TwinMaker does.", example);
    Target::Icon(Icon { kind: IconKind::Info, colour: None })
}

fn target_colour(place: &Place, name: &str) -> Rgba {
    if name.trim().is_empty() {
        return ERROR_RED;
    }
    css(name).unwrap_or_else(|| {
        let place = place.get("target").unwrap_or_else(|| place.clone());
        let message = format!("expected a CSS colour, found \"{name}\"");
        place.warn(message, "The colour #d13212 is shown.", format!("\"target\": \"{COLOUR}#d13212\""));
        ERROR_RED
    })
}

fn target_opacity(place: &Place, number: &str) -> f32 {
    if number.trim().is_empty() {
        return 1.0;
    }
    match number.trim().parse::<f32>() {
        Ok(opacity) if opacity.is_finite() => opacity.clamp(0.0, 1.0),
        _ => {
            let place = place.get("target").unwrap_or_else(|| place.clone());
            let message = format!("expected an opacity from 0 to 1, found \"{number}\"");
            place.warn(message, "The part is shown opaque.", format!("\"target\": \"{OPACITY}0.5\""));
            1.0
        }
    }
}

/// The kind of a sign by its name, with or without prefix; unknown names are Info, as in TwinMaker.
pub fn icon_kind(name: &str) -> IconKind {
    match name.strip_prefix(ICON).unwrap_or(name) {
        "Warning" => IconKind::Warning,
        "Error" => IconKind::Error,
        "Video" => IconKind::Video,
        "Custom" => IconKind::Custom,
        _ => IconKind::Info,
    }
}
