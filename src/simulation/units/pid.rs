//! The controller as it runs on a scan: parallel form, derivative of what is measured and not of the
//! setpoint, integral held while the output is at its limit and would be driven further (clamping).
//!
//! In manual the integral follows the output, so that the change to automatic has no bump
//! (Åström and Hägglund, Advanced PID Control, 2006, sections 3.5 and 3.6).

use super::plant::Loop;

/// What a controller remembers.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pid {
    pub(super) auto: bool,
    /// In the unit of what is measured.
    pub(super) setpoint: f64,
    /// Output in manual [%].
    pub(super) manual_pct: f64,
    pub(super) output_pct: f64,
    integral_pct: f64,
    last_measured: f64,
}

impl Pid {
    /// A controller that takes over at an output [%].
    pub(super) fn new(law: &Loop, measured: f64, output_pct: f64) -> Self {
        let mut pid = Self {
            auto: law.initial_auto,
            setpoint: law.initial_setpoint,
            manual_pct: law.initial_manual_pct,
            output_pct,
            integral_pct: 0.0,
            last_measured: measured,
        };
        pid.resume(law, measured, output_pct);
        pid
    }

    /// Goes on from an output [%] without a bump, whatever was before.
    pub(super) fn resume(&mut self, law: &Loop, measured: f64, output_pct: f64) {
        let (low, high) = law.output_pct;
        self.output_pct = output_pct.clamp(low, high);
        self.integral_pct = self.output_pct - law.kp * self.error(law, measured);
        self.last_measured = measured;
    }

    /// One scan, `secs` after the last.
    pub(super) fn scan(&mut self, law: &Loop, measured: f64, secs: f64) {
        if !self.auto {
            self.resume(law, measured, self.manual_pct);
            return;
        }
        let (low, high) = law.output_pct;
        let error = self.error(law, measured);
        let fall = direction(law) * (self.last_measured - measured) / secs;
        self.last_measured = measured;
        let wanted_pct = law.kp * error + self.integral_pct + law.kd_secs * fall;
        self.output_pct = wanted_pct.clamp(low, high);
        let more_pct = law.ki_per_sec * error * secs;
        let further = (wanted_pct > high && more_pct > 0.0) || (wanted_pct < low && more_pct < 0.0);
        if !further {
            self.integral_pct += more_pct;
        }
    }

    /// Positive where the output has to rise.
    fn error(&self, law: &Loop, measured: f64) -> f64 {
        direction(law) * (self.setpoint - measured)
    }
}

fn direction(law: &Loop) -> f64 {
    if law.direct { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn law() -> Loop {
        Loop {
            name: "TIC1".into(),
            sensor: 0,
            actuator: 0,
            kp: 2.0,
            ki_per_sec: 0.1,
            kd_secs: 5.0,
            direct: false,
            initial_setpoint: 50.0,
            initial_auto: true,
            initial_manual_pct: 30.0,
            output_pct: (0.0, 100.0),
        }
    }

    #[test]
    fn each_term_is_that_of_the_textbook() {
        let mut pid = Pid::new(&law(), 50.0, 40.0);
        pid.scan(&law(), 50.0, 1.0);
        assert_eq!(pid.output_pct, 40.0);
        // Measured falls by 1 in 2 s: 2 · 1 proportional, 5 · 0.5 derivative, integral so far 40.
        pid.scan(&law(), 49.0, 2.0);
        assert_eq!(pid.output_pct, 44.5);
        // 0.1 · 1 · 2 s have been added to the integral; nothing moves any more.
        pid.scan(&law(), 49.0, 1.0);
        assert!((pid.output_pct - 42.2).abs() < 1e-12);
        // A new setpoint makes no kick of the derivative.
        pid.setpoint = 51.0;
        pid.scan(&law(), 49.0, 1.0);
        assert!((pid.output_pct - 44.3).abs() < 1e-12);
    }

    #[test]
    fn a_direct_controller_opens_when_the_measured_value_rises() {
        let law = Loop { direct: true, kd_secs: 0.0, ..law() };
        let mut pid = Pid::new(&law, 50.0, 40.0);
        pid.scan(&law, 53.0, 1.0);
        assert_eq!(pid.output_pct, 46.0);
    }

    #[test]
    fn an_output_at_its_limit_leaves_it_as_soon_as_the_error_turns() {
        let law = Loop { kd_secs: 0.0, ..law() };
        let mut pid = Pid::new(&law, 50.0, 90.0);
        for _ in 0..10_000 {
            pid.scan(&law, 30.0, 1.0);
        }
        assert_eq!(pid.output_pct, 100.0);
        pid.scan(&law, 51.0, 1.0);
        // The integral is still the 90 % of the beginning; wound up, it would hold 100 % for hours.
        assert!((pid.output_pct - 88.0).abs() < 1e-9, "{}", pid.output_pct);
    }

    #[test]
    fn from_manual_to_automatic_there_is_no_bump() {
        let mut pid = Pid::new(&law(), 50.0, 90.0);
        pid.auto = false;
        pid.scan(&law(), 47.0, 1.0);
        assert_eq!(pid.output_pct, 30.0);
        pid.auto = true;
        pid.scan(&law(), 47.0, 1.0);
        assert_eq!(pid.output_pct, 30.0);
    }
}
