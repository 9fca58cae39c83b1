//! A plant of any size for benches: one temperature a machine, one machine a mesh.

use std::sync::Arc;

use twinscope::domain::alarm::{AlarmRule, Condition, Priority};
use twinscope::domain::binding::{Binding, Drive};
use twinscope::domain::catalog::Catalog;
use twinscope::domain::colour::Rgba;
use twinscope::domain::expression::Expression;
use twinscope::domain::history::Retention;
use twinscope::domain::model::ModelSpec;
use twinscope::domain::rule::{Rule, Target};
use twinscope::domain::scene::{NodeRef, SceneNodeId};
use twinscope::domain::signal::{Signal, SignalId};
use twinscope::domain::source::{EmulatorSpec, SourceKind, SourceSpec};
use twinscope::domain::time::Span;
use twinscope::domain::value::ValueKind;
use twinscope::project::Project;

/// Points of a series; a bench must not fill the memory.
pub const POINTS_KEPT: usize = 2_000;
/// Below the first statement of the rule [degC].
pub const COOL: f64 = 50.0;
/// Above the second.
#[allow(dead_code, reason = "not every bench heats the plant")]
pub const HOT: f64 = 95.0;
/// An alarm watches every this many signals.
const ALARM_EACH: u32 = 10;

/// A live plant of so many signals, each bound to a mesh by a colour rule of two statements.
pub fn project(signals: u32) -> Arc<Project> {
    let mut catalog = Catalog::default();
    for number in 0..signals {
        let path = format!("Riverside/Line {}/Machine {number}/Temperature", number % 10);
        catalog.intern(Signal {
            expected_interval: Some(Span::from_secs(1)),
            range: Some((0.0, 120.0)),
            ..Signal::new(path, ValueKind::Real)
        });
    }
    let statement = |text: &str, colour| {
        let condition = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (condition, Target::Colour(Rgba::from_hex(colour)))
    };
    let rule = Rule::new("temperature", [statement("t > 90", 0xd0_3b_3b), statement("t > 80", 0xe0_a0_30)]);
    let rule = Arc::new(rule);
    let bindings = (0..signals).map(|number| Binding {
        node: NodeRef::whole(SceneNodeId(0)),
        asset: None,
        drive: Drive::Colour,
        rule: rule.clone(),
        inputs: vec![Some(SignalId(number))],
    });
    let alarms = (0..signals).step_by(ALARM_EACH as usize).map(|number| AlarmRule {
        name: format!("Machine {number} too hot"),
        signal: SignalId(number),
        asset: None,
        condition: Condition::Above { limit: 90.0, deadband: 2.0 },
        on_delay: Span::from_secs(5),
        off_delay: Span::ZERO,
        priority: Priority::P2,
        message: String::new(),
        action: String::new(),
    });
    let live = EmulatorSpec {
        model: ModelSpec::default(),
        seed: 1,
        rate: 1.0,
        warm_up: Span::ZERO,
        interval: Span::from_secs(1),
        signals: Vec::new(),
    };
    Arc::new(Project {
        name: "Bench".to_owned(),
        bindings: bindings.collect(),
        alarms: alarms.collect(),
        catalog,
        sources: vec![SourceSpec { name: "line".to_owned(), kind: SourceKind::Emulator(live) }],
        retention: Retention { points: POINTS_KEPT, ..Retention::default() },
        ..Project::default()
    })
}
