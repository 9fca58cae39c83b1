//! How items pass from conveyor through machine to conveyor, and what each machine senses of it.
//!
//! Machines but the pasteuriser hold no items of their own: what a carousel holds is less than a
//! hundredth of the line. The packer holds the bottles of the case that it is filling.

use super::LineModel;
use super::TICK_SECS;
use super::config::PalletConfig;
use super::machine::Senses;
use super::names::MachineId;

const DEPALLETISER: usize = MachineId::Depalletiser.index();
const RINSER: usize = MachineId::Rinser.index();
const FILLER: usize = MachineId::Filler.index();
const PASTEURISER: usize = MachineId::Pasteuriser.index();
const PACKER: usize = MachineId::Packer.index();

/// The pallet that the depalletiser unloads, and the carriage that lowers with its layers.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pallet {
    config: PalletConfig,
    bottles_left: u32,
    change_secs_left: f64,
    /// Height of the carriage [m], 0 at the bottom layer.
    pub(super) carriage_height_m: f64,
}

impl Pallet {
    pub(super) fn new(config: &PalletConfig) -> Self {
        Self {
            bottles_left: config.bottles_per_layer * config.layers_per_pallet,
            change_secs_left: config.change_secs,
            carriage_height_m: config.carriage_travel_m,
            config: config.clone(),
        }
    }

    /// Puts the carriage at a height. The layer there is taken as half unloaded.
    pub(super) fn restore(&mut self, height_m: f64) {
        self.carriage_height_m = height_m.clamp(0.0, self.config.carriage_travel_m);
        let top = f64::from(self.config.layers_per_pallet - 1).max(1.0);
        let layers_below = (self.carriage_height_m / self.config.carriage_travel_m.max(1e-3) * top).round() as u32;
        let full = self.config.bottles_per_layer * self.config.layers_per_pallet;
        let left = layers_below * self.config.bottles_per_layer + self.config.bottles_per_layer.div_ceil(2);
        self.bottles_left = left.min(full);
        self.change_secs_left = self.config.change_secs;
    }

    /// One tick: the carriage follows the layer, an empty pallet is changed.
    fn tick(&mut self) {
        if self.bottles_left == 0 {
            self.change_secs_left -= TICK_SECS;
            if self.change_secs_left <= 0.0 {
                self.bottles_left = self.config.bottles_per_layer * self.config.layers_per_pallet;
                self.change_secs_left = self.config.change_secs;
            }
        }
        let top = f64::from(self.config.layers_per_pallet - 1).max(1.0);
        let layers_below = match self.bottles_left {
            0 => top,
            left => f64::from((left - 1) / self.config.bottles_per_layer),
        };
        let step = self.config.carriage_speed_m_per_s * TICK_SECS;
        let wanted_m = self.config.carriage_travel_m * layers_below / top;
        self.carriage_height_m += (wanted_m - self.carriage_height_m).clamp(-step, step);
    }
}

impl LineModel {
    pub(super) fn senses(&self, index: usize) -> Senses {
        let machine = &self.machines[index];
        let least = machine.config().min_speed_fraction;
        let (mut infeed_empty, mut infeed_refilled, mut speed_fraction);
        if let Some(infeed) = index.checked_sub(1).map(|before| &self.conveyors[before]) {
            let queued = infeed.queued();
            infeed_empty = queued == 0;
            infeed_refilled = queued >= machine.config().restart_infeed_items;
            let full_speed_items = f64::from(machine.config().full_speed_infeed_items.max(1));
            speed_fraction = least + (1.0 - least) * (f64::from(queued) / full_speed_items).min(1.0);
        } else {
            infeed_empty = self.pallet.bottles_left == 0;
            infeed_refilled = !infeed_empty;
            speed_fraction = 1.0;
        }
        // The tunnel runs on until the last bottle is out of the hot water.
        infeed_empty &= index != PASTEURISER || self.pasteuriser.inside() == 0;
        if let Some(supply) = match index {
            RINSER => Some(&self.water),
            FILLER => Some(&self.product),
            _ => None,
        } {
            infeed_empty |= supply.empty();
            infeed_refilled &= supply.refilled();
        }
        let outfeed = self.conveyors.get(index);
        if let Some(outfeed) = outfeed {
            speed_fraction = speed_fraction.min(outfeed.outfeed_speed_fraction(least));
        }
        Senses {
            infeed_empty,
            infeed_refilled,
            outfeed_full: outfeed.is_some_and(|outfeed| outfeed.backed_up()),
            outfeed_cleared: outfeed.is_none_or(|outfeed| outfeed.cleared()),
            speed_fraction,
        }
    }

    /// Moves the items of the cycles that a machine did in this tick. A cycle without an item at the
    /// infeed or without room at the outfeed passes empty.
    pub(super) fn transfer(&mut self, index: usize, cycles: u32) {
        match index {
            PASTEURISER => self.transfer_through_tunnel(cycles),
            PACKER => self.transfer_into_cases(cycles),
            _ => {
                let room = self.conveyors.get(index).map_or(u32::MAX, |outfeed| outfeed.room());
                let taken = self.take(index, cycles.min(room));
                let fraction = self.machines[index].reject_fraction;
                let rejected = self.machines[index].draw_rejects(taken, fraction);
                self.give(index, taken - rejected);
            }
        }
        if index == DEPALLETISER {
            self.pallet.tick();
        }
    }

    fn transfer_through_tunnel(&mut self, cycles: u32) {
        self.pasteuriser.advance(self.machines[PASTEURISER].speed_per_sec());
        let leaving = self.pasteuriser.at_exit().min(self.conveyors[PASTEURISER].room());
        self.pasteuriser.leave(leaving);
        let machine = &mut self.machines[PASTEURISER];
        let unsafe_product = self.pasteuriser.exit_pu < self.config.pasteuriser.min_pu;
        let fraction = if unsafe_product { 1.0 } else { machine.reject_fraction };
        let rejected = machine.draw_rejects(leaving, fraction);
        self.give(PASTEURISER, leaving - rejected);
        if self.pasteuriser.at_exit() == 0 {
            let taken = self.take(PASTEURISER, cycles);
            self.pasteuriser.enter(taken);
        }
    }

    fn transfer_into_cases(&mut self, cycles: u32) {
        let per_case = self.config.bottles_per_case;
        // One bottle less than would complete a case for which there is no room.
        let most = (self.conveyors[PACKER].room() + 1) * per_case - 1 - self.in_packer;
        self.in_packer += self.take(PACKER, cycles.min(most));
        let cases = self.in_packer / per_case;
        self.in_packer %= per_case;
        let fraction = self.machines[PACKER].reject_fraction;
        let rejected = self.machines[PACKER].draw_rejects(cases, fraction);
        self.give(PACKER, cases - rejected);
    }

    /// Takes at most `most` items from the infeed of a machine and the material that goes with them.
    fn take(&mut self, index: usize, most: u32) -> u32 {
        let taken = match index.checked_sub(1).map(|before| &mut self.conveyors[before]) {
            Some(infeed) => {
                let taken = most.min(infeed.available());
                infeed.take(taken);
                taken
            }
            None => {
                let taken = most.min(self.pallet.bottles_left);
                self.pallet.bottles_left -= taken;
                taken
            }
        };
        match index {
            RINSER => self.water_drawn_l += f64::from(taken) * self.config.rinse_water_l,
            FILLER => self.product_drawn_l += f64::from(taken) * self.config.bottle_volume_l,
            _ => (),
        }
        self.machines[index].infeed_count += u64::from(taken);
        taken
    }

    fn give(&mut self, index: usize, items: u32) {
        self.machines[index].outfeed_count += u64::from(items);
        match self.conveyors.get_mut(index) {
            Some(outfeed) => outfeed.push(items),
            None => self.left_line += items * self.config.bottles_per_case,
        }
    }
}
