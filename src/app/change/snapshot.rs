//! What the plant shows at one moment, for the thread "control".

use std::collections::HashMap;

use crate::app::plant::Plant;
use crate::control::policy::Present;
use crate::domain::signal::Origin;
use crate::domain::time::Timestamp;

/// The last value of every signal.
#[derive(Clone, Default, Debug)]
pub struct Snapshot {
    /// Plant time.
    pub now: Timestamp,
    /// By tag path.
    pub present: HashMap<String, Present>,
}

/// As the plant is at this moment of the wall clock, whatever the playhead shows.
pub fn snapshot(plant: &Plant, wall: Timestamp) -> Snapshot {
    let now = plant.now(wall);
    let present = plant.project.catalog.iter().filter_map(|(id, signal)| {
        let point = plant.history.at(Origin::Measured, id, now)?;
        let (value, quality, age) = (point.value.clone(), point.quality, now - point.time);
        Some((signal.path.clone(), Present { value, unit: signal.unit.clone(), quality, age }))
    });
    Snapshot { now, present: present.collect() }
}
