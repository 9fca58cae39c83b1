//! Controllers and hands as OpenXR knows them: actions, bound to the controls of each make.

use std::time::Duration;

use bevy::prelude::*;
use openxr::sys::Result as Failure;
use openxr::{
    Action, ActionSet, ActiveActionSet, Binding, HandTracker, Haptic, HapticVibration, Instance, Path, Posef, Session,
    Space, SpaceLocationFlags, Time, Vector2f, Vulkan,
};

use super::convert::{tracked, vec3};
use crate::xr::hands::{Hand, Hands, Side, read_bare_hand};
use crate::xr::rig::TrackedPose;

/// Where the controls of one make are. Empty where it has none of the kind.
struct Profile {
    path: &'static str,
    trigger: &'static str,
    squeeze: &'static str,
    stick: &'static str,
    /// On the left and on the right hand.
    primary: [&'static str; 2],
    secondary: [&'static str; 2],
    /// A motor for knocks.
    haptic: bool,
    /// Only with the extension for bare hands.
    bare: bool,
}

const PROFILES: [Profile; 6] = [
    Profile {
        path: "/interaction_profiles/oculus/touch_controller",
        trigger: "trigger/value",
        squeeze: "squeeze/value",
        stick: "thumbstick",
        primary: ["x/click", "a/click"],
        secondary: ["y/click", "b/click"],
        haptic: true,
        bare: false,
    },
    Profile {
        path: "/interaction_profiles/valve/index_controller",
        trigger: "trigger/value",
        squeeze: "squeeze/value",
        stick: "thumbstick",
        primary: ["a/click", "a/click"],
        secondary: ["b/click", "b/click"],
        haptic: true,
        bare: false,
    },
    Profile {
        path: "/interaction_profiles/htc/vive_controller",
        trigger: "trigger/value",
        squeeze: "squeeze/click",
        stick: "trackpad",
        primary: ["menu/click", "menu/click"],
        secondary: ["trackpad/click", "trackpad/click"],
        haptic: true,
        bare: false,
    },
    Profile {
        path: "/interaction_profiles/microsoft/motion_controller",
        trigger: "trigger/value",
        squeeze: "squeeze/click",
        stick: "thumbstick",
        primary: ["menu/click", "menu/click"],
        secondary: ["trackpad/click", "trackpad/click"],
        haptic: true,
        bare: false,
    },
    Profile {
        path: "/interaction_profiles/khr/simple_controller",
        trigger: "select/click",
        squeeze: "",
        stick: "",
        primary: ["menu/click", "menu/click"],
        secondary: ["", ""],
        haptic: true,
        bare: false,
    },
    Profile {
        path: "/interaction_profiles/ext/hand_interaction_ext",
        trigger: "pinch_ext/value",
        squeeze: "grasp_ext/value",
        stick: "",
        primary: ["", ""],
        secondary: ["", ""],
        haptic: false,
        bare: true,
    },
];

/// One hand's spaces.
struct Reach {
    path: Path,
    aim: Space,
    grip: Space,
    tracker: Option<HandTracker>,
}

/// All that the wearer can do with their hands.
pub struct Actions {
    set: ActionSet,
    aim: Action<Posef>,
    grip: Action<Posef>,
    trigger: Action<f32>,
    squeeze: Action<f32>,
    stick: Action<Vector2f>,
    primary: Action<bool>,
    secondary: Action<bool>,
    knock: Action<Haptic>,
    hands: [Reach; 2],
}

impl Actions {
    /// Declares the actions and binds them to every make that is known.
    ///
    /// # Errors
    /// As the runtime gives them. A make that the runtime does not know is passed over.
    pub fn new(
        instance: &Instance,
        session: &Session<Vulkan>,
        bare_hands: bool,
        tracking: bool,
    ) -> Result<Self, Failure> {
        let set = instance.create_action_set("twinscope", "twinscope", 0)?;
        let paths = [instance.string_to_path("/user/hand/left")?, instance.string_to_path("/user/hand/right")?];
        let aim = set.create_action::<Posef>("aim", "Pointing ray", &paths)?;
        let grip = set.create_action::<Posef>("grip", "Held things", &paths)?;
        let trigger = set.create_action::<f32>("select", "Select", &paths)?;
        let squeeze = set.create_action::<f32>("grab", "Grab the plant", &paths)?;
        let stick = set.create_action::<Vector2f>("move", "Teleport and turn", &paths)?;
        let primary = set.create_action::<bool>("menu", "Wrist menu", &paths)?;
        let secondary = set.create_action::<bool>("tablet", "Tablet", &paths)?;
        let knock = set.create_action::<Haptic>("knock", "Knock", &paths)?;
        for profile in PROFILES.iter().filter(|profile| !profile.bare || bare_hands) {
            let mut bindings = Vec::new();
            for (side, hand) in ["left", "right"].into_iter().enumerate() {
                let path = |control: &str| instance.string_to_path(&format!("/user/hand/{hand}/{control}"));
                bindings.push(Binding::new(&aim, path("input/aim/pose")?));
                bindings.push(Binding::new(&grip, path("input/grip/pose")?));
                let input =
                    |control: &str| (!control.is_empty()).then(|| path(&format!("input/{control}"))).transpose();
                bindings.extend(input(profile.trigger)?.map(|path| Binding::new(&trigger, path)));
                bindings.extend(input(profile.squeeze)?.map(|path| Binding::new(&squeeze, path)));
                bindings.extend(input(profile.stick)?.map(|path| Binding::new(&stick, path)));
                bindings.extend(input(profile.primary[side])?.map(|path| Binding::new(&primary, path)));
                bindings.extend(input(profile.secondary[side])?.map(|path| Binding::new(&secondary, path)));
                if profile.haptic {
                    bindings.push(Binding::new(&knock, path("output/haptic")?));
                }
            }
            let profile_path = instance.string_to_path(profile.path)?;
            if let Err(error) = instance.suggest_interaction_profile_bindings(profile_path, &bindings) {
                tracing::info!("The runtime does not know {}: {error}.", profile.path);
            }
        }
        session.attach_action_sets(&[&set])?;
        let reach = |side: usize| -> Result<Reach, Failure> {
            let path = paths[side];
            let which = [openxr::HandEXT::LEFT, openxr::HandEXT::RIGHT][side];
            Ok(Reach {
                path,
                aim: aim.create_space(session, path, Posef::IDENTITY)?,
                grip: grip.create_space(session, path, Posef::IDENTITY)?,
                tracker: tracking.then(|| session.create_hand_tracker(which).ok()).flatten(),
            })
        };
        let hands = [reach(0)?, reach(1)?];
        Ok(Self { set, aim, grip, trigger, squeeze, stick, primary, secondary, knock, hands })
    }

    /// What the hands do at a moment.
    ///
    /// # Errors
    /// As the runtime gives them, when the session is lost.
    pub fn read(
        &self,
        session: &Session<Vulkan>,
        stage: &Space,
        time: Time,
        head: TrackedPose,
    ) -> Result<Hands, Failure> {
        session.sync_actions(&[ActiveActionSet::new(&self.set)])?;
        let mut hands = Hands::default();
        for (side, reach) in Side::BOTH.into_iter().zip(&self.hands) {
            let hand = hands.of_mut(side);
            *hand = self.read_hand(session, stage, time, reach)?;
            if hand.aim.is_none() {
                read_bare_hand(hand, side, head);
            }
        }
        Ok(hands)
    }

    fn read_hand(&self, session: &Session<Vulkan>, stage: &Space, time: Time, reach: &Reach) -> Result<Hand, Failure> {
        let path = reach.path;
        let number = |action: &Action<f32>| -> Result<f32, Failure> {
            let state = action.state(session, path)?;
            Ok(if state.is_active && state.current_state.is_finite() { state.current_state } else { 0.0 })
        };
        let button = |action: &Action<bool>| -> Result<bool, Failure> {
            let state = action.state(session, path)?;
            Ok(state.is_active && state.current_state)
        };
        let place = |action: &Action<Posef>, space: &Space| -> Result<Option<TrackedPose>, Failure> {
            if !action.is_active(session, path)? {
                return Ok(None);
            }
            let location = space.locate(stage, time)?;
            let valid = SpaceLocationFlags::POSITION_VALID | SpaceLocationFlags::ORIENTATION_VALID;
            Ok(location.location_flags.contains(valid).then(|| tracked(location.pose)).flatten())
        };
        let stick = self.stick.state(session, path)?;
        let stick = Vec2::new(stick.current_state.x, stick.current_state.y);
        let aim = place(&self.aim, &reach.aim)?;
        let joints = match &reach.tracker {
            Some(tracker) => stage.locate_hand_joints(tracker, time)?,
            None => None,
        };
        let valid = SpaceLocationFlags::POSITION_VALID;
        let joints = joints.filter(|joints| joints.iter().all(|joint| joint.location_flags.contains(valid)));
        Ok(Hand {
            fingertip: aim.map(|aim| aim.position + aim.rotation * Vec3::NEG_Z * 0.02),
            aim,
            grip: place(&self.grip, &reach.grip)?,
            joints: joints
                .map(|joints| joints.iter().map(|joint| vec3(joint.pose.position)).collect())
                .unwrap_or_default(),
            trigger: number(&self.trigger)?,
            squeeze: number(&self.squeeze)?,
            stick: if stick.is_finite() { stick } else { Vec2::ZERO },
            primary: button(&self.primary)?,
            secondary: button(&self.secondary)?,
            bare: false,
        })
    }

    /// Knocks in a hand. A hand without a motor feels nothing, and that is no error.
    pub fn knock(&self, session: &Session<Vulkan>, side: Side, strength: f32) {
        let reach = &self.hands[side as usize];
        let knock = HapticVibration::new()
            .amplitude(strength.clamp(0.0, 1.0))
            .duration(openxr::Duration::from_nanos(Duration::from_millis(20).as_nanos() as i64))
            .frequency(openxr::FREQUENCY_UNSPECIFIED);
        _ = self.knock.apply_feedback(session, reach.path, &knock);
    }
}
