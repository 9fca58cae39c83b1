//! The runtime alone, without a program of ours: where these fail, nothing else here says anything.

use std::time::Duration;

use bevy::math::Vec3;

use crate::monado::{Monado, Running};
use crate::remote::Hand;
use crate::wait;

const LIMIT: Duration = Duration::from_secs(60);

/// Khronos' example of an OpenXR program, shown and in focus. It ends when its input does.
#[track_caller]
fn hello(monado: &Monado, name: &str) -> Running {
    let mut command = monado.command("hello_xr");
    command.args(["--graphics", "Vulkan2"]);
    let hello = monado.spawn(name, command);
    let focused = || monado.clients().lines().any(|line| line.contains("foc: 1") && line.contains("HelloXR"));
    wait::until(LIMIT, || format!("no focus\n{}\n{}", monado.clients(), hello.log()), || focused().then_some(()));
    hello
}

/// It gets both eyes and both hands, and ends in order.
#[track_caller]
fn greets(monado: &Monado, name: &str) {
    let mut hello = hello(monado, name);
    hello.hang_up();
    let ended = hello.wait_for_end(LIMIT);
    let log = hello.log();
    assert!(ended.success(), "{log}");
    for expected in [
        "Name=Monado: Remote HMD",
        "Creating swapchain for view 1 with dimensions Width=320 Height=240",
        "'Right Valve Index Controller Grip'",
        "->XR_SESSION_STATE_FOCUSED",
    ] {
        assert!(log.contains(expected), "no {expected}\n{log}");
    }
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn the_runtime_itself_is_well() {
    greets(&Monado::start(), "hello");
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn a_killed_runtime_is_lost_to_programs_and_comes_back() {
    let mut monado = Monado::start();
    let killed = hello(&monado, "killed");
    monado.kill();
    let lost = || killed.log().contains("XR_ERROR_INSTANCE_LOST").then_some(());
    wait::until(LIMIT, || format!("the loss\n{}", killed.log()), lost);
    drop(killed);

    monado.restart();
    greets(&monado, "hello");
}

#[test]
#[ignore = "needs Monado; run by make test-vr"]
fn head_and_hands_stay_where_they_were_put() {
    let monado = Monado::start();
    let mut remote = monado.remote();
    remote.look_from(Vec3::new(0.5, 1.7, 0.25), Vec3::new(0.0, 1.0, -4.0));
    remote.point(Hand::Left, Vec3::new(0.2, 1.2, 0.0), Vec3::new(0.0, 1.0, -4.0));
    let (head, left) = (remote.head, remote.left);
    drop(remote);
    let again = || Some(monado.remote()).filter(|remote| (remote.head, remote.left) == (head, left)).map(drop);
    wait::until(LIMIT, || "the pose".into(), again);
}
