//! A model of others that crashes, hangs, is hungry, ends early or cannot be copied: each is told in words,
//! in time, and what failed stays failed.

use std::fs;
use std::time::{Duration, Instant};

use twinscope::simulation::fmu::archive::binary;
use twinscope::simulation::fmu::description::FmiVersion;
use twinscope::simulation::fmu::process::FmuLimits;
use twinscope::simulation::model::Model;

use super::{FRESH, STEP_SECS, closed, launch, seen, start, unpacked, words};
use crate::fmu::workshop::{BOTH, PATIENT, Workshop};

/// The words of a model that fails in its fourth step, and how long that took.
fn failure(version: FmiVersion, fault: f64, limits: FmuLimits) -> (String, Duration) {
    let workshop = Workshop::new(version);
    let mut model = start(&workshop, limits, &[("fault", fault)]).expect("a model");
    let begun = Instant::now();
    let said = words(model.run_until(10.0));
    let took = begun.elapsed();
    assert_eq!(words(model.run_until(20.0)), said);
    assert_eq!(words(model.set_parameter("u", 1.0)), said);
    assert_eq!(words(model.fork()), said);
    assert_eq!(words(model.observe(&[seen("u", 1.0)], FRESH)), said);
    (said, took)
}

#[test]
fn a_crash_is_told_and_the_model_stays_failed() {
    for version in BOTH {
        let (said, took) = failure(version, 1.0, PATIENT);
        assert_eq!(said, "The FMU crashed (segmentation fault) in the step to 1 s. The run ends there.");
        assert!(took < PATIENT.step + Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn a_hang_holds_nobody_longer_than_its_limit() {
    for version in BOTH {
        let (said, took) = failure(version, 2.0, FmuLimits { step: Duration::from_secs(1), ..PATIENT });
        assert!(said.starts_with("The FMU did not answer within 1 s in the step to 1 s and was ended."), "{said}");
        assert!(took >= Duration::from_secs(1) && took < Duration::from_secs(3), "{took:?}");
    }
}

#[test]
fn hunger_for_memory_is_told() {
    for version in BOTH {
        let (said, took) = failure(version, 3.0, FmuLimits { memory_bytes: 128 << 20, ..PATIENT });
        assert!(
            said.starts_with("The FMU failed in the step to 1 s: it ran out of memory; the limit is 128 MiB."),
            "{said}"
        );
        assert!(took < PATIENT.step + Duration::from_secs(2), "{took:?}");
    }
}

#[test]
fn a_model_that_ends_its_run_knows_no_more() {
    let (said, _) = failure(FmiVersion::V3, 8.0, PATIENT);
    assert_eq!(
        said,
        "The model \"Lag\" ended its run at 1 s. What comes after is not known. Ask for less time, or for a model \
         that goes on."
    );
}

#[test]
fn a_run_of_endless_steps_is_refused() {
    let workshop = Workshop::new(FmiVersion::V2);
    let mut model = start(&workshop, PATIENT, &[]).expect("a model");
    let said = words(model.run_until(1e12));
    assert!(said.contains("takes 4000000000000 steps of 0.25 s"), "{said}");
    model.run_until(0.25).expect("the model is sound");
    assert_eq!(model.time_secs(), 0.25);
}

#[test]
fn a_copy_that_comes_to_other_values_is_refused() {
    let workshop = Workshop::with(FmiVersion::V2, &[], closed);
    let fmu = unpacked(&workshop);
    let file = binary(&fmu.folder, &fmu.description).expect("a binary");
    let mut model = launch(fmu, PATIENT, None, &[("u", 1.0)]).expect("a model");
    model.run_until(1.0).expect("a run");
    // The next process loads a binary that computes something else.
    let other = Workshop::with(FmiVersion::V2, &["-Dexp=exp2"], closed);
    let changed = unpacked(&other);
    fs::remove_file(&file).expect("removed");
    fs::copy(binary(&changed.folder, &changed.description).expect("a binary"), &file).expect("copied");
    let said = words(model.fork());
    assert!(said.contains("run once more with the same inputs it comes to other values"), "{said}");
    model.run_until(2.0).expect("the model itself is sound");
}

#[test]
fn a_long_way_is_not_gone_once_more() {
    let workshop = Workshop::with(FmiVersion::V2, &[], closed);
    let mut model = start(&workshop, PATIENT, &[("every", 1e9)]).expect("a model");
    model.run_until(100_001.0 * STEP_SECS).expect("a run");
    let said = words(model.fork());
    assert!(said.contains("up to 100000 steps are run once more; it has done 100001"), "{said}");
}
