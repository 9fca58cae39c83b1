//! What the units promise, compared with closed forms.

use super::*;
use crate::simulation::model::{Model, ModelError, ParameterKind};

const FLUID: &str = "[fluid]\ndensity_kg_per_m3 = 1000\nheat_capacity_kj_per_kg_k = 4\n";
const J_PER_M3_K: f64 = 4e6;

pub(super) fn units(text: &str) -> UnitsModel {
    UnitsModel::from_toml(&format!("{text}\n{FLUID}"), 1).expect("the flowsheet is sound")
}

pub(super) fn demo() -> UnitsModel {
    UnitsModel::from_toml(DEMO, 1).expect("the demo is sound")
}

pub(super) fn value(units: &UnitsModel, name: &str) -> f64 {
    let place = units.variables().iter().position(|variable| variable.name == name).expect("a variable of this name");
    units.value(place).and_then(|value| value.as_f64()).expect("a number")
}

fn connections(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(from, to)| format!("[[connection]]\nfrom = \"{from}\"\nto = \"{to}\"\n")).collect()
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "found {found}, expected {expected}");
}

#[test]
fn a_tank_drains_as_torricelli_says_and_stays_empty() {
    let text = "[[tank]]\nname = \"T\"\narea_m2 = 1\nheight_m = 2\nlevel_m = 1.5\ntemperature_cel = 20\n\
                [[valve]]\nname = \"V\"\nkv_m3_per_h = 10\nlag_secs = 0\nposition_pct = 100\n[[sink]]\nname = \"S\"\n";
    let mut units = units(&(text.to_owned() + &connections(&[("T.out", "V.in"), ("V.out", "S.in")])));
    // Q = k √h, so √h falls evenly. Kv is the flow in m³/h at 1 bar, and a metre of water is 0.0980665 bar.
    let k = 10.0 / 3600.0 * 0.098_066_5_f64.sqrt();
    for secs in [60.0, 600.0, 1500.0, 2500.0] {
        units.run_until(secs).expect("it runs");
        let root = 1.5_f64.sqrt() - 0.5 * k * secs;
        close(value(&units, "T/Level"), root * root, 2e-5);
        close(value(&units, "V/Flow"), 6e4 * k * root, 2e-3);
    }
    units.run_until(2.0 * 3600.0).expect("it runs");
    assert!((0.0..1e-3).contains(&value(&units, "T/Level")));
    close(value(&units, "S/Total"), 1.5 - value(&units, "T/Level"), 1e-6);
}

#[test]
fn a_heated_tank_warms_along_an_exponential() {
    let text = "[plant]\nambient_cel = 15\n[[tank]]\nname = \"T\"\narea_m2 = 0.5\nheight_m = 1\nlevel_m = 0.4\n\
                temperature_cel = 20\nloss_w_per_k = 500\nwall_kj_per_k = 100\nheater_kw = 20\nheater_pct = 100\n\
                heater_lag_secs = 0\n";
    let mut units = units(text);
    let (tau_secs, end_cel) = ((0.2 * J_PER_M3_K + 1e5) / 500.0, 15.0 + 20e3 / 500.0);
    for secs in [100.0, 900.0, 3600.0, 20_000.0] {
        units.run_until(secs).expect("it runs");
        let expected = end_cel + (20.0 - end_cel) * (-secs / tau_secs).exp();
        close(value(&units, "T/Temperature"), expected, 1e-5);
    }
    close(value(&units, "Plant/Energy"), 20.0 * 20_000.0 / 3600.0, 1e-6);
}

fn exchanger(hot_l_per_min: f64, cold_l_per_min: f64, holdup_l: f64) -> UnitsModel {
    let source = |name: &str, flow: f64, cel: f64| {
        format!("[[source]]\nname = \"{name}\"\nflow_l_per_min = {flow}\ntemperature_cel = {cel}\n")
    };
    let text = source("Hot", hot_l_per_min, 90.0)
        + &source("Cold", cold_l_per_min, 10.0)
        + &format!(
            "[[heat_exchanger]]\nname = \"X\"\nua_kw_per_k = 8\nhot_l = {holdup_l}\ncold_l = {holdup_l}\n\
             temperature_cel = 20\n[[sink]]\nname = \"S\"\n"
        )
        + &connections(&[
            ("Hot.out", "X.hot_in"),
            ("X.hot_out", "S.in"),
            ("Cold.out", "X.cold_in"),
            ("X.cold_out", "S.in"),
        ]);
    units(&text)
}

/// Duty [kW] and the outlet temperatures fit each other and the logarithmic mean temperature difference,
/// which is another way to the same as the ε-NTU method.
fn fits_the_log_mean(units: &UnitsModel, hot_l_per_min: f64, cold_l_per_min: f64) {
    let (hot_out, cold_out) = (value(units, "X/HotOut"), value(units, "X/ColdOut"));
    let kw_per_k = |l_per_min: f64| J_PER_M3_K * l_per_min / 6e7;
    let duty_kw = value(units, "X/Duty");
    close(duty_kw, kw_per_k(hot_l_per_min) * (90.0 - hot_out), 1e-3);
    close(duty_kw, kw_per_k(cold_l_per_min) * (cold_out - 10.0), 1e-3);
    let (warm_end, cool_end) = (90.0 - cold_out, hot_out - 10.0);
    let alike = (warm_end - cool_end).abs() < 1e-3;
    let mean = if alike { warm_end } else { (warm_end - cool_end) / (warm_end / cool_end).ln() };
    close(duty_kw, 8.0 * mean, 1e-2);
}

#[test]
fn an_exchanger_settles_where_the_log_mean_temperature_difference_says() {
    for (hot, cold) in [(60.0, 100.0), (150.0, 40.0), (80.0, 80.0)] {
        let mut units = exchanger(hot, cold, 10.0);
        units.run_until(900.0).expect("it runs");
        fits_the_log_mean(&units, hot, cold);
    }
}

#[test]
fn effectiveness_fits_the_log_mean_between_its_limits() {
    for ntu in [0.1, 1.0, 4.0, 20.0] {
        close(balance::effectiveness(ntu, 0.0), 1.0 - (-ntu).exp(), 1e-12);
        close(balance::effectiveness(ntu, 1.0), ntu / (1.0 + ntu), 1e-12);
        close(balance::effectiveness(ntu, 1.0 - 2e-9), ntu / (1.0 + ntu), 1e-7);
        for ratio in [0.2, 0.75, 0.99] {
            // Hot in at 1, cold in at 0: the duty is NTU times the mean difference of temperatures.
            let found = balance::effectiveness(ntu, ratio);
            let (warm_end, cool_end) = (1.0 - ratio * found, 1.0 - found);
            close(ntu * (warm_end - cool_end) / (warm_end / cool_end).ln(), found, 1e-9);
        }
    }
    assert_eq!([0.5, 1.0].map(|ratio| balance::effectiveness(0.0, ratio)), [0.0, 0.0]);
    assert_eq!([0.5, 1.0].map(|ratio| balance::effectiveness(f64::INFINITY, ratio)), [1.0, 1.0]);
}

#[test]
fn mass_and_energy_are_kept_over_hours() {
    let tank = |name: &str, level: f64, cel: f64, more: &str| {
        format!(
            "[[tank]]\nname = \"{name}\"\narea_m2 = 1\nheight_m = 2\nlevel_m = {level}\ntemperature_cel = {cel}\n{more}\n"
        )
    };
    let pump =
        |name: &str, speed: f64| format!("[[pump]]\nname = \"{name}\"\nrated_l_per_min = 100\nspeed_pct = {speed}\n");
    let text = tank("A", 1.5, 60.0, "heater_kw = 10\nheater_pct = 70")
        + &tank("B", 0.3, 15.0, "")
        + &pump("P", 60.0)
        + &pump("Q", 50.0)
        + "[[heat_exchanger]]\nname = \"X\"\nua_kw_per_k = 5\ntemperature_cel = 30\n"
        + &connections(&[
            ("A.out", "P.in"),
            ("P.out", "X.hot_in"),
            ("X.hot_out", "B.in"),
            ("B.out", "Q.in"),
            ("Q.out", "X.cold_in"),
            ("X.cold_out", "A.in"),
        ]);
    let mut units = units(&text);
    let heat_kj = |units: &UnitsModel| {
        let tanks = ["A", "B"].map(|name| {
            let capacity = J_PER_M3_K * value(units, &format!("{name}/Level")) + 50e3;
            capacity * value(units, &format!("{name}/Temperature"))
        });
        let sides = ["X/HotOut", "X/ColdOut"].map(|name| 0.01 * J_PER_M3_K * value(units, name));
        1e-3 * (tanks.iter().sum::<f64>() + sides.iter().sum::<f64>())
    };
    let start_kj = heat_kj(&units);
    // Long enough that tank A runs dry and its pump and heater work at the edge of the wet.
    units.run_until(6.0 * 3600.0).expect("it runs");
    assert!(value(&units, "A/Level") < 0.01, "{}", value(&units, "A/Level"));
    close(value(&units, "A/Level") + value(&units, "B/Level"), 1.8, 1e-9);
    let given_kj = 3600.0 * value(&units, "Plant/Energy");
    assert!(given_kj > 50_000.0, "{given_kj}");
    close(heat_kj(&units) - start_kj, given_kj, 2e-5 * start_kj);
}

#[test]
fn a_full_tank_spills_what_comes_in_and_no_more() {
    let text = "[[source]]\nname = \"W\"\nflow_l_per_min = 60\ntemperature_cel = 10\n\
                [[tank]]\nname = \"T\"\narea_m2 = 0.5\nheight_m = 1\nlevel_m = 0.5\ntemperature_cel = 20\n";
    let mut units = units(&(text.to_owned() + &connections(&[("W.out", "T.in")])));
    units.run_until(1800.0).expect("it runs");
    let level = value(&units, "T/Level");
    assert!((0.99..=1.0).contains(&level), "{level}");
    close(value(&units, "T/Overflow"), 60.0, 1e-3);
    let spilt_l = units.period().last().copied().flatten().expect("the overflow is a figure");
    close(spilt_l, 1800.0 - 500.0 * (level - 0.5), 1e-3);
}

#[test]
fn a_level_loop_answers_a_step_like_the_second_order_equation() {
    let text = "[plant]\nscan_secs = 0.1\n[[source]]\nname = \"W\"\npressure_bar = 0\ntemperature_cel = 10\n\
                [[tank]]\nname = \"T\"\narea_m2 = 1\nheight_m = 3\nlevel_m = 1\ntemperature_cel = 10\n\
                [[pump]]\nname = \"In\"\nrated_l_per_min = 600\nspeed_pct = 50\nlag_secs = 0\n\
                [[pump]]\nname = \"Off\"\nrated_l_per_min = 600\nspeed_pct = 50\nlag_secs = 0\n\
                [[sensor]]\nname = \"LT\"\nof = \"T.level\"\n[[sink]]\nname = \"S\"\n\
                [[pid]]\nname = \"LIC\"\nmeasures = \"LT\"\ndrives = \"In\"\nkp = 40\nki_per_sec = 0.16\nsetpoint = 1\n";
    let pairs = [("W.out", "In.in"), ("In.out", "T.in"), ("T.out", "Off.in"), ("Off.out", "S.in")];
    let mut units = units(&(text.to_owned() + &connections(&pairs)));
    units.run_until(10.0).expect("it runs");
    close(value(&units, "T/Level"), 1.0, 1e-9);
    units.set_parameter("LIC/Setpoint", 1.5).expect("it is a setpoint");
    units.begin_period();
    // e″ + a e′ + b e = 0 with a = Q kp/A and b = Q ki/A; the jump of the output makes e′(0) = −a e(0).
    let (a, b, start) = (0.01 * 0.40, 0.01 * 0.0016, 0.5);
    let (damping, angular) = (a / 2.0, (b - a * a / 4.0_f64).sqrt());
    let error = |secs: f64| {
        let (sin, cos) = (angular * secs).sin_cos();
        start * (-damping * secs).exp() * (cos + (damping - a) / angular * sin)
    };
    let mut worst: f64 = 0.0;
    for step in 1..=300 {
        let secs = 10.0 * f64::from(step);
        units.run_until(10.0 + secs).expect("it runs");
        worst = worst.max((1.5 - value(&units, "T/Level") - error(secs)).abs());
    }
    assert!(worst < 3e-4, "{worst}");
    let overshoot = (0..30_000).map(|step| -error(0.1 * f64::from(step))).fold(0.0, f64::max);
    let places: Vec<String> = units.figures().into_iter().map(|figure| figure.name).collect();
    let figure = |name: &str| {
        let place = places.iter().position(|known| known == name).expect("a figure of this name");
        units.period()[place].expect("it has a value")
    };
    close(figure("LIC overshoot"), overshoot, 3e-4);
    let mean = (0..30_000).map(|step| error(0.1 * f64::from(step)).abs()).sum::<f64>() / 30_000.0;
    close(figure("LIC mean error"), mean, 1e-4);
    close(figure("S throughput"), 300.0, 1e-6);
}

#[test]
fn stiff_equations_go_to_the_implicit_method_and_settle_right() {
    // The hold-up is renewed in 0.1 ms, ten thousand times in a scan.
    let mut units = exchanger(6000.0, 9000.0, 0.01);
    units.run_until(600.0).expect("it runs");
    assert!(units.stiff);
    fits_the_log_mean(&units, 6000.0, 9000.0);
    assert!(!exchanger(60.0, 100.0, 10.0).stiff);
}

#[test]
fn what_cannot_be_solved_or_goes_too_far_ends_in_words() {
    let mut units = exchanger(60.0, 100.0, 10.0);
    let place = units.plant.out(0, Side::Hot);
    let mut broken = units.clone();
    broken.state[place] = f64::NAN;
    let error = broken.run_until(2.0).expect_err("a state is no number").to_string();
    assert!(error.starts_with("after 0 s: "), "{error}");
    assert_eq!(broken.run_until(3.0), Err(ModelError::Failed(error)));
    let error = units.run_until(f64::INFINITY).expect_err("it never ends").to_string();
    assert!(error.contains("expected at most 20000000"), "{error}");
}

#[test]
fn advancing_in_other_steps_does_not_change_a_bit() {
    let (mut whole, mut parts) = (demo(), demo());
    whole.run_until(600.0).expect("it runs");
    let mut secs: f64 = 0.0;
    while secs < 600.0 {
        secs += 0.37;
        parts.run_until(secs.min(600.0)).expect("it runs");
    }
    assert_eq!((whole.state, whole.measured, whole.period), (parts.state, parts.measured, parts.period));
}

#[test]
fn a_fork_goes_its_own_way_and_chance_follows_the_seed() {
    let mut units = demo();
    assert!(units.has_chance());
    units.run_until(100.0).expect("it runs");
    let (mut same, mut other, mut changed) = (units.clone(), units.clone(), units.clone());
    other.reseed(2);
    changed.set_parameter("TIC1/Setpoint", 75.0).expect("it is a setpoint");
    for each in [&mut units, &mut same, &mut other, &mut changed] {
        each.run_until(700.0).expect("it runs");
    }
    assert_eq!(units.measured, same.measured);
    assert_ne!(units.measured, other.measured);
    close(value(&units, "Heater/ColdOut"), 73.0, 0.5);
    close(value(&changed, "Heater/ColdOut"), 75.0, 0.5);
    let noiseless = exchanger(60.0, 100.0, 10.0);
    assert!(!noiseless.has_chance());
}

#[test]
fn the_demo_holds_its_setpoints_for_hours() {
    let mut units = demo();
    units.run_until(2.0 * 3600.0).expect("it runs");
    units.begin_period();
    units.run_until(4.0 * 3600.0).expect("it runs");
    close(value(&units, "MixTank/Level"), 1.0, 0.01);
    close(value(&units, "Heater/ColdOut"), 73.0, 0.3);
    close(value(&units, "HotWater/Temperature"), 88.0, 0.3);
    let figures = units.figures();
    let period = units.period();
    assert_eq!(figures.len(), period.len());
    assert!(figures.iter().all(|figure| figure.unit.known()));
    let figure = |name: &str| {
        let place = figures.iter().position(|figure| figure.name == name).expect("a figure of this name");
        period[place].expect("it has a value")
    };
    close(figure("Filler throughput"), 60.0, 0.01);
    assert_eq!(figure("TT1 outside limits"), 0.0);
    // What the product gained, what the tanks lost to the surroundings and the pumps make up the energy.
    let product_kw =
        1030.0 * 3.95 * 1e-3 * (value(&units, "Regenerator/HotOut") - value(&units, "MixTank/Temperature"));
    let lost_kw = 1e-3 * 8.0 * (88.0 - 20.0);
    let pumps_kw = value(&units, "MixPump/Power") + value(&units, "HotPump/Power");
    close(figure("Energy"), 2.0 * (product_kw + lost_kw + pumps_kw), 1.0);
}

#[test]
fn names_are_unique_and_every_setpoint_reads_back() {
    let mut units = demo();
    let variables = units.variables().to_vec();
    let mut names: Vec<_> = variables.iter().map(|variable| variable.name.as_str()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    for parameter in units.parameters().to_vec() {
        let name = &parameter.name;
        close(units.parameter(name).expect("it is one"), parameter.initial, 1e-9);
        let variable = variables.iter().find(|variable| variable.name == *name);
        let setpoint = parameter.kind == ParameterKind::Setpoint;
        assert_eq!(variable.is_some_and(|variable| variable.writable), setpoint, "{name}");
        let wanted = if name.ends_with("/Auto") { 0.0 } else { 0.5 * (parameter.range.0 + parameter.range.1) };
        units.set_parameter(name, wanted).expect("it is in range");
        close(units.parameter(name).expect("it is one"), wanted, 1e-9 * wanted.abs().max(1.0));
        assert!(units.set_parameter(name, f64::NAN).is_err());
    }
    assert!(variables.iter().all(|variable| variable.range.is_none_or(|(low, high)| low < high)));
}

#[test]
fn every_parameter_may_go_to_its_ends() {
    for parameter in demo().parameters() {
        for end in [parameter.range.0, parameter.range.1] {
            let mut units = demo();
            units.set_parameter(&parameter.name, end).expect("it is in range");
            assert_eq!(units.run_until(1800.0), Ok(()), "{} at {end}", parameter.name);
            for variable in units.variables() {
                let found = value(&units, &variable.name);
                let within = variable.name.ends_with("Level").then_some(variable.range).flatten();
                assert!(within.is_none_or(|(low, high)| (low..=high).contains(&found)), "{} is {found}", variable.name);
            }
        }
    }
}
