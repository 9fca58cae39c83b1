//! `[[binding]]`: which rule drives what on which node, and with which signals.

use std::sync::Arc;

use super::assets;
use super::build::Build;
use super::entry::{Entry, Section};
use super::inputs::{self, InputNames};
use super::nodes;
use super::rules;
use super::tree::Content;
use crate::domain::asset::AssetId;
use crate::domain::binding::{Binding, Drive, Motion};
use crate::domain::rule::{Rule, Target};
use crate::domain::scene::NodeRef;

const BINDING: Section = Section {
    name: "binding",
    meaning: "The binding is left out: the node keeps its look.",
    keys: &[
        "node",
        "asset",
        "effect",
        "rule",
        "inputs",
        "axis",
        "motion",
        "clip",
        "if",
        "colour",
        "opacity",
        "icon",
        "icon_colour",
        "value",
        "scale",
        "text",
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Effect {
    Colour,
    Opacity,
    Icon,
    Label,
    Visibility,
    Reveal,
    Rotation,
    Translation,
    Level,
    Flow,
    FlowForeground,
    FlowBackground,
    Animation,
}

const EFFECTS: [(&str, Effect); 13] = [
    ("colour", Effect::Colour),
    ("opacity", Effect::Opacity),
    ("icon", Effect::Icon),
    ("label", Effect::Label),
    ("visibility", Effect::Visibility),
    ("reveal", Effect::Reveal),
    ("rotation", Effect::Rotation),
    ("translation", Effect::Translation),
    ("level", Effect::Level),
    ("flow", Effect::Flow),
    ("flow_foreground", Effect::FlowForeground),
    ("flow_background", Effect::FlowBackground),
    ("animation", Effect::Animation),
];

pub fn bindings(build: &mut Build<'_>, root: &Entry<'_>) {
    let names = InputNames::new(build);
    for entry in root.tables("binding", BINDING) {
        let asset = assets::find(build, &entry, "asset");
        let node = entry.text("node").and_then(|text| nodes::resolve(build, &entry, "node", text));
        let asset = asset.or_else(|| build.asset_of_node.get(node.as_ref()?).copied());
        entry.required_text("effect", "what is changed on the node");
        let effect = entry.choice("effect", &EFFECTS);
        let nodes = nodes_of(build, &entry, node, asset, effect);
        let rule = rule_of(build, &entry);
        if let (Some(effect), Some(rule)) = (effect, &rule) {
            check_targets(&entry, effect, rule);
        }
        let drives: Vec<Option<Drive>> =
            nodes.iter().map(|node| effect.and_then(|effect| drive(build, &entry, effect, node))).collect();
        let inputs = rule.as_ref().and_then(|rule| inputs::read(build, &entry, rule, asset, &names));
        let (Some(rule), Some(inputs), true) = (rule, inputs, entry.sound()) else { continue };
        for (node, drive) in nodes.into_iter().zip(drives.into_iter().flatten()) {
            let node = match drive {
                Drive::Icon => NodeRef::whole(nodes::tag_at(build, &node, None)),
                _ => node,
            };
            let (rule, inputs) = (Arc::clone(&rule), inputs.clone());
            build.project.bindings.push(Binding { node, asset, drive, rule, inputs });
        }
    }
}

/// The node of the binding, or the nodes of its asset; what stands at one place takes the first.
fn nodes_of(
    build: &Build<'_>,
    entry: &Entry<'_>,
    node: Option<NodeRef>,
    asset: Option<AssetId>,
    effect: Option<Effect>,
) -> Vec<NodeRef> {
    if entry.has("node") {
        return node.into_iter().collect();
    }
    if !entry.has("asset") {
        entry.missing("asset", "an asset or a node");
        return Vec::new();
    }
    let Some(asset) = asset.and_then(|asset| build.project.assets.get(asset)) else { return Vec::new() };
    if asset.nodes.is_empty() {
        let message = format!("expected an asset with a node, found \"{}\" without", asset.path);
        entry.fail_with("asset", message, entry.example("node"));
    }
    let placed = matches!(effect, Some(Effect::Icon | Effect::Label));
    asset.nodes.iter().take(if placed { 1 } else { usize::MAX }).cloned().collect()
}

/// The named rule, or one made of the statement that the binding carries itself.
fn rule_of(build: &Build<'_>, entry: &Entry<'_>) -> Option<Arc<Rule>> {
    let carried = rules::KEYS.iter().find(|key| entry.has(key));
    match (entry.has("rule"), carried) {
        (true, Some(key)) => {
            entry.fail(key, format!("expected either a rule or a statement of its own, found \"rule\" and \"{key}\""));
            None
        }
        (true, None) => {
            let name = entry.text("rule")?;
            if build.left_out.rules.contains(name) {
                entry.give_up();
            } else if !build.rules.contains_key(name) {
                let known = build.rules.keys().chain(&build.left_out.rules);
                entry.fail_unknown("rule", "rule", name, known.map(String::as_str));
            }
            build.rules.get(name).cloned()
        }
        (false, Some(_)) => {
            rules::statement(entry).map(|statement| Arc::new(Rule::new(entry.at.key.clone(), [statement])))
        }
        (false, None) => {
            entry.missing("rule", "the name of a rule, or a value");
            None
        }
    }
}

fn check_targets(entry: &Entry<'_>, effect: Effect, rule: &Rule) {
    let fits = |target: &Target| match effect {
        Effect::Colour | Effect::FlowForeground | Effect::FlowBackground => {
            matches!(target, Target::Colour(_) | Target::ColourScale(_))
        }
        Effect::Opacity => matches!(target, Target::Opacity(_) | Target::Number),
        Effect::Icon => matches!(target, Target::Icon(_)),
        Effect::Label => matches!(target, Target::Text | Target::Number),
        _ => matches!(target, Target::Number),
    };
    let Some(misfit) = rule.targets().find(|target| !fits(target)) else { return };
    let given = match misfit {
        Target::Colour(_) | Target::ColourScale(_) => "a colour",
        Target::Opacity(_) => "an opacity",
        Target::Icon(_) => "an icon",
        Target::Number => "a number (value)",
        Target::Text => "a text",
    };
    let (wanted, example) = match effect {
        Effect::Colour | Effect::FlowForeground | Effect::FlowBackground => ("a colour", "colour = \"#e5484d\""),
        Effect::Opacity => ("an opacity or a number", "opacity = 0.3"),
        Effect::Icon => ("an icon", "icon = \"error\""),
        Effect::Label => ("a text or a number", "text = \"Speed\""),
        _ => ("a number (value)", "value = \"Speed * 6\""),
    };
    let word = EFFECTS.iter().find(|(_, known)| *known == effect).map_or("", |(word, _)| word);
    let key = if entry.has("rule") { "rule" } else { "effect" };
    entry.fail_with(key, format!("expected {wanted} for the effect {word}, found {given}"), example);
}

fn drive(build: &Build<'_>, entry: &Entry<'_>, effect: Effect, node: &NodeRef) -> Option<Drive> {
    let used: &[&str] = match effect {
        Effect::Rotation | Effect::Translation => &["axis", "motion"],
        Effect::Level => &["axis"],
        Effect::Animation => &["clip", "motion"],
        _ => &[],
    };
    for key in ["axis", "motion", "clip"].into_iter().filter(|key| entry.has(key) && !used.contains(key)) {
        entry.lacks(key, format!("expected no \"{key}\" for this effect, found one"), "The key is ignored.", "");
    }
    for (key, what) in [
        ("axis", "the axis of the motion"),
        ("motion", "\"position\" or \"rate\" (per second)"),
        ("clip", "the animation of the model"),
    ] {
        if used.contains(&key) && !entry.has(key) && effect != Effect::Level {
            entry.missing(key, what);
        }
    }
    let motion = || entry.choice("motion", &[("position", Motion::Position), ("rate", Motion::Rate)]);
    Some(match effect {
        Effect::Colour => Drive::Colour,
        Effect::Opacity => Drive::Opacity,
        Effect::Icon => Drive::Icon,
        Effect::Label => Drive::Label,
        Effect::Visibility => Drive::Visibility,
        Effect::Reveal => Drive::Reveal,
        Effect::Rotation => Drive::Rotation { axis: axis(entry)?, motion: motion()? },
        Effect::Translation => Drive::Translation { axis: axis(entry)?, motion: motion()? },
        Effect::Level => Drive::Level { axis: if entry.has("axis") { axis(entry)? } else { [0.0, 1.0, 0.0] } },
        Effect::Flow => Drive::Flow,
        Effect::FlowForeground => Drive::FlowForeground,
        Effect::FlowBackground => Drive::FlowBackground,
        Effect::Animation => {
            let clip = entry.text("clip")?;
            if let Some(clips) = build.models.clips(node.node).filter(|clips| !clips.iter().any(|known| known == clip))
            {
                entry.fail_unknown("clip", "clip", clip, clips.iter().map(String::as_str));
            }
            Drive::Animation { clip: clip.to_owned(), motion: motion()? }
        }
    })
}

/// A unit vector: a letter with or without sign, or three numbers.
fn axis(entry: &Entry<'_>) -> Option<[f32; 3]> {
    if let Some(Content::Text(_)) = entry.item("axis").map(|item| &item.content) {
        let words = [
            ("x", [1.0, 0.0, 0.0]),
            ("y", [0.0, 1.0, 0.0]),
            ("z", [0.0, 0.0, 1.0]),
            ("-x", [-1.0, 0.0, 0.0]),
            ("-y", [0.0, -1.0, 0.0]),
            ("-z", [0.0, 0.0, -1.0]),
        ];
        return entry.choice("axis", &words);
    }
    let axis = entry.vector("axis")?;
    let length = axis.iter().map(|part| part * part).sum::<f32>().sqrt();
    if length < 1e-6 {
        entry.fail("axis", format!("expected a direction, found {axis:?}"));
        return None;
    }
    Some(axis.map(|part| part / length))
}
