//! The processor's part of a frame, for plants of 1,000 to 100,000 bound meshes of which a tenth
//! changes colour each frame. Aims: 0.5 ms at 10,000 meshes, 3 ms at 100,000.
//!
//! `frame` is an `App` with the very systems of the program: the rules of what changed and of the
//! sweep, outcomes to slots, slots to the bytes of the buffer. What comes after it, the copy of
//! those bytes to the graphics card, is the renderer's. `rules` and `show` are the two halves of
//! it, `replay` is a frame in which every binding is looked at because the playhead moved, and
//! `advance` is what time itself costs before: the playhead, its extent, the delays of alarms.
//!
//! Profile of `make bench`: this crate in full optimisation, dependencies as in the dev build.

#[path = "support/plant.rs"]
mod plant;

use std::cell::RefCell;

use bevy::ecs::schedule::SingleThreadedExecutor;
use bevy::prelude::*;
use bevy::render::storage::ShaderBuffer;
use divan::Bencher;
use divan::counter::ItemsCount;
use twinscope::app::frame;
use twinscope::app::plant::Plant;
use twinscope::domain::quality::Quality;
use twinscope::domain::signal::{Sample, SignalId};
use twinscope::domain::time::{Span, Timestamp};
use twinscope::domain::value::Value;
use twinscope::view::present::Presentation;
use twinscope::view::stage::Stage;
use twinscope::view::{self, Slots, StatusMaterial, Target, Targets, TwinSystems};

const MESHES: [u32; 3] = [1_000, 10_000, 100_000];
/// One signal in this many changes each frame.
const CHANGED_ONE_IN: u32 = 10;
const FRAME: Span = Span::from_millis(16);

fn main() {
    divan::main();
}

#[divan::bench(args = MESHES, sample_size = 1, sample_count = 200)]
fn frame(bencher: Bencher, meshes: u32) {
    let bench = RefCell::new(Bench::with_rules(meshes));
    bencher
        .counter(ItemsCount::new(meshes))
        .with_inputs(|| bench.borrow_mut().change_some())
        .bench_local_values(|()| bench.borrow_mut().app.update());
}

#[divan::bench(args = MESHES, sample_size = 1, sample_count = 200)]
fn rules(bencher: Bencher, meshes: u32) {
    let bench = RefCell::new(Bench::new(meshes));
    bencher.counter(ItemsCount::new(meshes)).with_inputs(|| bench.borrow_mut().change_some()).bench_local_values(
        |()| {
            bench.borrow_mut().plant().evaluate(|binding, applied, trust| {
                divan::black_box((binding, applied, trust));
            })
        },
    );
}

#[divan::bench(args = MESHES, sample_size = 1, sample_count = 200)]
fn show(bencher: Bencher, meshes: u32) {
    let bench = RefCell::new(Bench::new(meshes));
    bencher
        .counter(ItemsCount::new(meshes))
        .with_inputs(|| {
            let mut bench = bench.borrow_mut();
            bench.change_some();
            bench.evaluate_aside();
        })
        .bench_local_values(|()| bench.borrow_mut().app.update());
}

#[divan::bench(args = MESHES, sample_size = 1, sample_count = 50)]
fn replay(bencher: Bencher, meshes: u32) {
    let bench = RefCell::new(Bench::with_rules(meshes));
    bencher
        .counter(ItemsCount::new(meshes))
        .with_inputs(|| {
            let mut bench = bench.borrow_mut();
            bench.change_some();
            bench.plant().mark_all();
        })
        .bench_local_values(|()| bench.borrow_mut().app.update());
}

#[divan::bench(args = MESHES, sample_size = 1, sample_count = 200)]
fn advance(bencher: Bencher, meshes: u32) {
    let bench = RefCell::new(Bench::new(meshes));
    bencher.counter(ItemsCount::new(meshes)).with_inputs(|| bench.borrow_mut().change_some()).bench_local_values(
        |()| {
            let mut bench = bench.borrow_mut();
            let now = bench.now;
            bench.plant().advance(FRAME, now)
        },
    );
}

/// The program without sources, models and pictures: a plant, and meshes that are only slots.
struct Bench {
    app: App,
    meshes: u32,
    now: Timestamp,
    round: u32,
}

impl Bench {
    fn new(meshes: u32) -> Self {
        let project = plant::project(meshes);
        let mut app = App::new();
        app.add_plugins((MinimalPlugins, AssetPlugin::default()))
            .init_asset::<ShaderBuffer>()
            .init_asset::<StatusMaterial>()
            .add_plugins(view::outcomes)
            .configure_sets(Update, (TwinSystems::Evaluate, TwinSystems::Present).chain());
        let mut targets = Targets::default();
        let first = app.world_mut().resource_mut::<Slots>().allocate(meshes);
        targets.bindings = (first..first + meshes)
            .map(|slot| Some(Target { entity: app.world_mut().spawn_empty().id(), slots: vec![slot] }))
            .collect();
        let mut stage = Stage::default();
        stage.project = Some(project.clone());
        stage.generation = 1;
        // What is measured is the work, not how soon a busy machine wakes a thread.
        for (_, schedule) in app.world_mut().resource_mut::<Schedules>().iter_mut() {
            schedule.set_executor(SingleThreadedExecutor::new());
        }
        app.insert_resource(targets).insert_resource(stage).insert_resource(Plant::new(project));
        let mut bench = Self { app, meshes, now: Timestamp::from_millis(1_700_000_000_000), round: 0 };
        // The first frames say everything, and make every list as long as it gets.
        for _ in 0..2 * CHANGED_ONE_IN {
            bench.change_some();
            bench.evaluate_aside();
            bench.app.update();
        }
        bench
    }

    fn with_rules(meshes: u32) -> Self {
        let mut bench = Self::new(meshes);
        bench.app.add_systems(Update, frame::evaluate.in_set(TwinSystems::Evaluate));
        bench
    }

    fn plant(&mut self) -> &mut Plant {
        self.app.world_mut().resource_mut::<Plant>().into_inner()
    }

    /// Lets a frame's time go by, in which a tenth of the signals goes from cool to hot or back.
    fn change_some(&mut self) {
        self.now = self.now + FRAME;
        let (now, meshes, round) = (self.now, self.meshes, self.round);
        let celsius = if (round / CHANGED_ONE_IN).is_multiple_of(2) { plant::HOT } else { plant::COOL };
        let plant = self.plant();
        for signal in (round % CHANGED_ONE_IN..meshes).step_by(CHANGED_ONE_IN as usize) {
            plant.take(Sample {
                signal: SignalId(signal),
                source_time: now,
                received_time: now,
                value: Value::Real(celsius),
                quality: Quality::Good,
            });
        }
        plant.advance(FRAME, now);
        self.round += 1;
    }

    /// Evaluates outside of the app's own frame, so that the frame has nothing left but to show.
    fn evaluate_aside(&mut self) {
        self.app.world_mut().resource_scope(|world, mut presentation: Mut<Presentation>| {
            let mut plant = world.resource_mut::<Plant>();
            plant.evaluate(|binding, applied, trust| presentation.push(binding, applied, trust));
        });
    }
}
