//! The Cookie Factory as AWS published it. It is not part of this repository: where it does not lie
//! beside it, these tests say so and pass. Expected numbers: its README, and counts by a script.

use std::path::{Path, PathBuf};

use super::super::testing::Outcome;
use crate::domain::binding::Drive;
use crate::domain::colour::Rgba;
use crate::domain::rule::Target;
use crate::domain::scene::{Ambience, NodeRef, SceneNodeId};
use crate::domain::source::{CsvLayout, SourceKind};
use crate::domain::time::Span;

fn load(document: &str) -> Option<Outcome> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cookiefactory");
    let folder = std::env::var_os("TWINSCOPE_COOKIEFACTORY").map_or_else(beside, PathBuf::from);
    if folder.join("CookieFactory.json").is_file() {
        return Some(Outcome::of(&folder.join(document)));
    }
    eprintln!("skipped: no Cookie Factory in {} (set TWINSCOPE_COOKIEFACTORY)", folder.display());
    None
}

#[test]
fn every_node_and_entity_is_read() {
    let Some(Outcome { project, .. }) = load("") else { return };
    let nodes = &project.scene.nodes;
    let models: Vec<_> = nodes.iter().filter_map(|node| node.model.as_ref()).collect();
    assert_eq!((nodes.len(), models.len(), nodes.iter().filter(|node| node.tag.is_some()).count()), (62, 31, 27));
    assert_eq!(models.iter().filter(|model| model.readable).count(), 27);
    assert_eq!((project.assets.len(), project.alarms.len(), project.catalog.len()), (105, 27, 26 * 2 + 4 + 27));
    assert_eq!(project.scene.environment.ambience, Ambience::Neutral);
    assert_eq!(nodes[4].parent, Some(SceneNodeId(3)));
}

#[test]
fn only_the_missing_models_and_the_second_scene_are_told() {
    let Some(outcome) = load("") else { return };
    let messages: Vec<String> =
        outcome.problems.iter().map(|problem| format!("{} {}", problem.message, problem.meaning)).collect();
    let [scenes, environment, line] = messages.as_slice() else { panic!("{}", outcome.told()) };
    assert!(scenes.contains("CookieFactory.json (62 nodes)") && scenes.contains("Mixer.json (5 nodes)"), "{scenes}");
    assert!(environment.contains("CookieFactoryEnvironment.glb") && environment.contains("1 node (Environment)"));
    assert!(
        line.contains("CookieFactoryLine.glb") && line.contains("3 nodes (COOKIE_LINE, COOKIE_LINE_1, COOKIE_LINE_2)")
    );
    assert_eq!(outcome.errors(), 2);
}

#[test]
fn all_telemetry_finds_its_signals() {
    let Some(Outcome { project, .. }) = load("") else { return };
    let [source] = project.sources.as_slice() else { panic!("{:?}", project.sources) };
    let SourceKind::Csv(table) = &source.kind else { panic!("{source:?}") };
    let CsvLayout::TwinMaker { signals } = &table.layout else { panic!("{table:?}") };
    let mut ids: Vec<&str> = signals.iter().map(|((id, _), _)| id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((source.name.as_str(), ids.len(), signals.len()), ("telemetry", 54, 83));
    assert!(signals.iter().any(|((_, measure), _)| measure == "flowrate2"));
    let signal = |path: &str| project.catalog.id(path).and_then(|id| project.catalog.get(id));
    let interval = signal("Equipment/Mixers/Mixer_7/Temperature")
        .and_then(|signal| signal.expected_interval)
        .expect("an interval");
    assert!((Span::from_secs(5)..Span::from_secs(8)).contains(&interval), "{interval}");
    assert!(
        signal("Equipment/WaterTank/flowrate2").is_some() && signal("Equipment/Mixers/Mixer_25/alarm_status").is_some()
    );
}

#[test]
fn rules_and_bindings_are_those_of_the_scene() {
    let Some(Outcome { project, .. }) = load("") else { return };
    let mut names: Vec<&str> = project.bindings.iter().map(|binding| binding.rule.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names, ["AlarmRuleMap", "MeshColorRuleMap", "WaterTankFlowRuleMap"]);
    let of = |drive: &Drive| project.bindings.iter().filter(|binding| binding.drive == *drive).collect::<Vec<_>>();
    assert_eq!((of(&Drive::Icon).len(), of(&Drive::Colour).len(), project.bindings.len()), (27, 2, 29));
    assert!(
        project.bindings.iter().all(|binding| binding.inputs.iter().all(Option::is_some) && binding.asset.is_some())
    );
    let mixer = of(&Drive::Colour)[0];
    assert_eq!(mixer.inputs, [project.catalog.id("Equipment/Mixers/Mixer_1/Temperature")]);
    assert_eq!(mixer.rule.targets().next(), Some(&Target::Colour(Rgba::from_hex(0xff0000))));
}

/// The node of each mixer and of the tank is the model that its tag hangs on.
#[test]
fn equipment_is_shown_by_its_models() {
    let Some(Outcome { project, .. }) = load("") else { return };
    for alarm in &project.alarms {
        let asset = alarm.asset.and_then(|id| project.assets.get(id)).expect("an asset");
        let [NodeRef { node, part: None }] = asset.nodes.as_slice() else { panic!("{asset:?}") };
        let node = &project.scene.nodes[node.index()];
        assert!(node.name == asset.name && node.model.is_some(), "{}", asset.path);
    }
    let group = project.assets.by_path("Equipment/Mixers").and_then(|id| project.assets.get(id)).expect("an asset");
    assert_eq!(group.nodes, [NodeRef::whole(SceneNodeId(3))]);
}

#[test]
fn the_mixer_scene_shows_mixer_0() {
    let Some(outcome) = load("Mixer.json") else { return };
    let project = &outcome.project;
    assert_eq!(outcome.told(), "");
    assert_eq!(project.scene.nodes.len(), 5);
    let mixer = project.assets.by_path("Equipment/Mixers/Mixer_0").expect("an asset");
    let drives: Vec<_> = project.bindings.iter().map(|binding| (binding.asset, binding.drive.clone())).collect();
    let expected =
        [Drive::Colour, Drive::Icon, Drive::Icon, Drive::Icon, Drive::Flow].map(|drive| (Some(mixer), drive));
    assert_eq!(drives, expected);
    let asset = project.assets.get(mixer).expect("an asset");
    assert_eq!(asset.nodes, [0, 4].map(|node| NodeRef::whole(SceneNodeId(node))));
}
