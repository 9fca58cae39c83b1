//! What the panels of the wearer remember from frame to frame, apart from what the desk remembers:
//! both look at different things at the same time.

use std::collections::HashMap;

use egui::Ui;

use crate::domain::asset::AssetId;
use crate::ui::alarm_rows::AlarmRows;
use crate::ui::change::ChangesState;
use crate::ui::inspector::InspectorState;
use crate::ui::reading::ShownMoment;
use crate::ui::timeline_window::TimelineState;
use crate::ui::what_if_question::WhatIfState;
use crate::ui::{Console, refresh_rows};

/// A page of the tablet.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Page {
    #[default]
    Equipment,
    Alarms,
    Time,
    WhatIf,
    Places,
    Tour,
}

impl Page {
    pub const ALL: [Self; 6] = [Self::Equipment, Self::Alarms, Self::Time, Self::WhatIf, Self::Places, Self::Tour];

    pub fn name(self) -> &'static str {
        match self {
            Self::Equipment => "Equipment",
            Self::Alarms => "Alarms",
            Self::Time => "Time",
            Self::WhatIf => "What if",
            Self::Places => "Places",
            Self::Tour => "Tour",
        }
    }
}

/// What the panels of the wearer remember.
#[derive(Default)]
pub struct HeadsetPanels {
    pub(super) page: Page,
    open: bool,
    pub(super) shown: ShownMoment,
    /// Alarms at the playhead's moment.
    pub(super) alarms: AlarmRows,
    /// Alarms of the plant now.
    pub(super) alarms_now: AlarmRows,
    pub(super) faceplate: InspectorState,
    pub(super) timeline: TimelineState,
    pub(super) what_if: WhatIfState,
    pub(super) changes: ChangesState,
    /// One for each card beside equipment.
    pub(super) pinned: HashMap<AssetId, InspectorState>,
}

impl HeadsetPanels {
    /// Opens the tablet at a page.
    pub fn open_at(&mut self, page: Page) {
        (self.open, self.page) = (true, page);
    }

    pub fn close(&mut self) {
        self.open = false;
    }

    /// The tablet is to be drawn. Its own button closes it, too.
    pub fn is_open(&self) -> bool {
        self.open
    }

    pub fn page(&self) -> Page {
        self.page
    }

    /// Trends that were opened on the page of equipment.
    pub fn trends(&self) -> usize {
        self.faceplate.large_curves()
    }

    pub(super) fn refresh(&mut self, ui: &Ui, console: &Console) {
        refresh_rows(ui.ctx(), console, &mut self.alarms, &mut self.alarms_now);
    }

    /// How many alarms a person has to know of: those of the plant, whatever moment is shown.
    pub(super) fn alarm_count(&self, console: &Console) -> usize {
        let rows = if console.away_from_live() { &self.alarms_now } else { &self.alarms };
        rows.rows().len()
    }
}
