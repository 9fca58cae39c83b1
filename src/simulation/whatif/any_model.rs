//! What holds for every model, tested on a tank without chance of which all is known in closed form.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::domain::alarm::{AlarmRule, Condition, Priority};
use crate::domain::scenario::{Better, Change, Scenario, Uncertain};
use crate::domain::signal::SignalId;
use crate::domain::time::Span;
use crate::domain::unit::Unit;
use crate::domain::value::{Value, ValueKind};
use crate::simulation::model::{
    Figure, Model, ModelError, Observation, Observed, Parameter, ParameterError, ParameterKind, Variable,
};

/// A tank that is filled at a steady rate and bursts where it would run over.
#[derive(Clone)]
struct Tank {
    variables: Vec<Variable>,
    parameters: Vec<Parameter>,
    secs: f64,
    level_pct: f64,
    rate_pct_per_min: f64,
    period_from_pct: f64,
}

impl Tank {
    /// At 50 %, filled by 1 % a minute.
    fn new() -> Self {
        let level = Variable {
            name: "Tank/Level".into(),
            kind: ValueKind::Real,
            unit: Unit::new("%"),
            range: Some((0.0, 100.0)),
            writable: false,
            cyclic: false,
            description: String::new(),
        };
        let rate = Parameter {
            name: "Tank/Rate".into(),
            kind: ParameterKind::Setpoint,
            unit: Unit::new("%/min"),
            range: (-2.0, 2.0),
            initial: 1.0,
            description: String::new(),
        };
        let (variables, parameters) = (vec![level], vec![rate]);
        Self { variables, parameters, secs: 0.0, level_pct: 50.0, rate_pct_per_min: 1.0, period_from_pct: 50.0 }
    }
}

impl Model for Tank {
    fn variables(&self) -> &[Variable] {
        &self.variables
    }

    fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    fn value(&self, place: usize) -> Option<Value> {
        (place == 0).then_some(Value::Real(self.level_pct))
    }

    fn parameter(&self, name: &str) -> Option<f64> {
        (name == "Tank/Rate").then_some(self.rate_pct_per_min)
    }

    fn set_parameter(&mut self, name: &str, value: f64) -> Result<(), ModelError> {
        if name != "Tank/Rate" {
            return Err(ParameterError::Unknown { name: name.into() }.into());
        }
        self.rate_pct_per_min = value;
        Ok(())
    }

    fn time_secs(&self) -> f64 {
        self.secs
    }

    fn run_until(&mut self, time_secs: f64) -> Result<(), ModelError> {
        self.level_pct += self.rate_pct_per_min * (time_secs - self.secs) / 60.0;
        self.secs = time_secs;
        if self.level_pct > 100.0 { Err(ModelError::Failed("the tank burst".into())) } else { Ok(()) }
    }

    fn fork(&self) -> Result<Box<dyn Model>, ModelError> {
        Ok(Box::new(self.clone()))
    }

    fn has_chance(&self) -> bool {
        false
    }

    fn reseed(&mut self, _seed: u64) {}

    fn observe(&self, _seen: &[Observed], _max_age: Span) -> Result<Observation<Box<dyn Model>>, ModelError> {
        Err(ModelError::NoState("nobody looks at it".into()))
    }

    fn figures(&self) -> Vec<Figure> {
        let part = Some("Tank".to_owned());
        vec![Figure { name: "Filled".into(), unit: Unit::new("%"), better: Better::Higher, part }]
    }

    fn begin_period(&mut self) {
        self.period_from_pct = self.level_pct;
    }

    fn period(&self) -> Vec<Option<f64>> {
        vec![Some(self.level_pct - self.period_from_pct)]
    }
}

/// Twenty runs of ten minutes in which the rate becomes `to`.
fn scenario(to: f64) -> Scenario {
    let change = Change { parameter: "Tank/Rate".into(), to, after: Span::ZERO, ramp: Span::ZERO };
    Scenario {
        name: "test".into(),
        changes: vec![change],
        horizon: Span::from_secs(600),
        runs: 20,
        seed: 7,
        uncertain: Vec::new(),
    }
}

fn limit(name: &str, condition: Condition) -> AlarmRule {
    AlarmRule {
        name: name.into(),
        signal: SignalId(3),
        asset: None,
        condition,
        on_delay: Span::ZERO,
        off_delay: Span::ZERO,
        priority: Priority::P3,
        message: String::new(),
        action: String::new(),
    }
}

fn answer(scenario: &Scenario, rules: &[AlarmRule]) -> Result<(Vec<Pair>, Outcome), RunError> {
    let tank = Tank::new();
    let alarms = AlarmWatch::new(&tank, &[("Tank/Level".into(), SignalId(3))], rules);
    let question = Question { start: &tank, scenario, variables: &[], grid_secs: 60, alarms: &alarms };
    let pairs = run(&question, 2, &AtomicBool::new(false), |_, _| ())?;
    let outcome = summarise(&question, &pairs, |_| None).expect("a run");
    Ok((pairs, outcome))
}

#[test]
fn a_model_without_chance_is_run_once() {
    let (pairs, outcome) = answer(&scenario(2.0), &[]).expect("it comes to its end");
    assert_eq!((pairs.len(), outcome.representative_run), (1, 0));
    let [filled] = outcome.kpis.as_slice() else { panic!("one figure, not {:?}", outcome.kpis) };
    assert_eq!((filled.better, filled.part.as_deref()), (Better::Higher, Some("Tank")));
    let means =
        [filled.baseline, filled.changed, filled.difference].map(|estimate| estimate.map(|one| one.mean.round()));
    assert_eq!(means, [Some(10.0), Some(20.0), Some(10.0)]);
}

#[test]
fn distances_to_limits_and_when_they_are_passed_are_those_of_the_closed_form() {
    let rules = [
        limit("low", Condition::Below { limit: 10.0, deadband: 0.0 }),
        limit("high", Condition::Above { limit: 65.25, deadband: 0.0 }),
        limit("equal", Condition::Equals(Value::Real(50.0))),
        limit("very high", Condition::Above { limit: 80.0, deadband: 0.0 }),
    ];
    let (_, outcome) = answer(&scenario(2.0), &rules).expect("it comes to its end");
    // 60 % is reached without and 70 % with the change.
    let found: Vec<_> = outcome
        .limits
        .iter()
        .map(|limit| {
            let [baseline, changed] = [limit.baseline, limit.changed].map(|side| side.map(|side| side.mean.round()));
            (limit.alarm.as_str(), limit.limit, limit.unit.code(), baseline, changed)
        })
        .collect();
    let expected = [
        ("high", 65.25, "%", Some(5.0), Some(-5.0)),
        ("very high", 80.0, "%", Some(20.0), Some(10.0)),
        ("low", 10.0, "%", Some(40.0), Some(40.0)),
    ];
    assert_eq!(found, expected);
    let high = &outcome.limits[0];
    assert_eq!((high.baseline_reached.share, high.changed_reached.share), (0.0, 1.0));
    // 15.25 % at 2 % a minute: after 457.5 s, which is seen at the next second.
    let after = high.changed_reached.first_after_secs.map(|estimate| estimate.mean);
    assert_eq!(after, Some(458.0));
}

#[test]
fn an_uncertain_parameter_gives_the_spread_that_it_has_and_the_same_on_both_sides() {
    let uncertain = vec![Uncertain { parameter: "Tank/Rate".into(), sigma: 0.1 }];
    let scenario = Scenario { changes: Vec::new(), runs: 2000, uncertain, ..scenario(1.0) };
    let (pairs, outcome) = answer(&scenario, &[]).expect("it comes to its end");
    assert_eq!(pairs.len(), 2000);
    let filled = outcome.kpis[0].baseline.expect("runs");
    // Ten minutes at 1 +- 0.1 % a minute: 10 +- 1 %, percentiles 1.645 deviations away.
    assert!((filled.mean - 10.0).abs() < 5.0 / 2000_f64.sqrt(), "{filled:?}");
    assert!((filled.std_error * 2000_f64.sqrt() - 1.0).abs() < 0.1, "{filled:?}");
    assert!((filled.low - 8.355).abs() < 0.2 && (filled.high - 11.645).abs() < 0.2, "{filled:?}");
    assert!(pairs.iter().all(|pair| pair.baseline.figures == pair.changed.figures));
}

#[test]
fn a_change_is_exact_where_its_parameter_was_uncertain() {
    let uncertain = vec![Uncertain { parameter: "Tank/Rate".into(), sigma: 0.1 }];
    let (_, outcome) = answer(&Scenario { uncertain, ..scenario(2.0) }, &[]).expect("it comes to its end");
    let changed = outcome.kpis[0].changed.expect("runs");
    assert!(changed.high - changed.low < 1e-9 && (changed.mean - 20.0).abs() < 1e-9, "{changed:?}");
}

#[test]
fn a_model_that_fails_ends_the_simulation_with_its_words() {
    let scenario = Scenario { horizon: Span::from_secs(3600), ..scenario(2.0) };
    let failed = answer(&scenario, &[]).map(|_| ());
    assert_eq!(failed, Err(RunError::Failed("the tank burst".into())));
    let uncertain = vec![Uncertain { parameter: "Tank/Colour".into(), sigma: 1.0 }];
    let refused = answer(&Scenario { uncertain, ..scenario.clone() }, &[]).map(|_| ());
    assert_eq!(refused, Err(RunError::Refused(ParameterError::Unknown { name: "Tank/Colour".into() })));
}
