//! Calls the binary of an FMU: the only place where foreign code runs, and the only one with `unsafe`.
//!
//! Function names and types follow FMI 2.0.5 (chapters 2 and 4) and FMI 3.0.2 (chapters 2 and 4). The
//! binary can do anything to the process that loads it, so [`super::host`] loads it in a child process.
//! Functions are looked up when they are first needed: an FMU that lacks one it never needed still runs.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;

use libloading::Library;

use super::description::{FmiVersion, ModelDescription};
use super::held::{Held, Text};
use super::log;

/// Why the binary could not do it, in words.
pub(super) type Fault = String;

type Handle = *mut c_void;
type State = *mut c_void;
type Plain = unsafe extern "C" fn(Handle) -> c_int;
type Get2<T> = unsafe extern "C" fn(Handle, *const u32, usize, *mut T) -> c_int;
type Get3<T> = unsafe extern "C" fn(Handle, *const u32, usize, *mut T, usize) -> c_int;
type Set2<T> = unsafe extern "C" fn(Handle, *const u32, usize, *const T) -> c_int;
type Set3<T> = unsafe extern "C" fn(Handle, *const u32, usize, *const T, usize) -> c_int;
type OfState = unsafe extern "C" fn(Handle, State) -> c_int;
type ToState = unsafe extern "C" fn(Handle, *mut State) -> c_int;
type StateSize = unsafe extern "C" fn(Handle, State, *mut usize) -> c_int;
type StateBytes = unsafe extern "C" fn(Handle, State, *mut u8, usize) -> c_int;
type BytesState = unsafe extern "C" fn(Handle, *const u8, usize, *mut State) -> c_int;

/// Longest text that a variable gives, in bytes.
const MOST_TEXT: usize = 1 << 20;
/// Largest serialised state, in bytes.
const MOST_STATE: usize = 64 << 20;
/// States that an instance keeps at a time.
const MOST_STATES: usize = 1_000;

/// One instance of a model. Dropped, it is freed unless the binary said that it must not be touched.
pub(super) struct Instance {
    /// Never unloaded: binaries leave threads and exit handlers behind, and the process ends soon.
    library: &'static Library,
    version: FmiVersion,
    handle: Handle,
    experiment: Window,
    states: BTreeMap<u32, State>,
    next_state: u32,
    /// After "fatal" no function may be called.
    fatal: bool,
}

/// What an instance is set up for.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub start_secs: f64,
    pub stop_secs: Option<f64>,
    pub tolerance: Option<f64>,
}

/// fmi2CallbackFunctions, with the members in the order of FMI 2.0.5, 2.1.5.
#[repr(C)]
struct Callbacks {
    logger: unsafe extern "C" fn(*mut c_void, *const c_char, c_int, *const c_char, *const c_char),
    allocate: unsafe extern "C" fn(usize, usize) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    step_finished: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
    /// A pointer that comes back to the logger; zero is null.
    environment: usize,
}

/// Instances keep a pointer to it as long as they live.
static CALLBACKS: Callbacks = Callbacks { logger: log2, allocate: calloc, free, step_finished: None, environment: 0 };

unsafe extern "C" {
    fn calloc(count: usize, size: usize) -> *mut c_void;
    fn free(memory: *mut c_void);
}

/// Loads the binary into this process, for good.
///
/// # Errors
/// When the system refuses to load it.
pub(super) fn load(binary: &Path) -> Result<&'static Library, Fault> {
    // SAFETY: the initialisers of the binary run, and may do anything; that is why this process is a
    // child that holds nothing else.
    let library = unsafe { Library::new(binary) };
    library
        .map(|library| &*Box::leak(Box::new(library)))
        .map_err(|error| format!("its binary cannot be loaded ({error})"))
}

impl Instance {
    /// Makes an instance and, in FMI 2, sets up its experiment.
    ///
    /// # Errors
    /// When the binary refuses or lacks a function.
    pub fn new(
        library: &'static Library,
        description: &ModelDescription,
        resources: &Path,
        window: Window,
    ) -> Result<Self, Fault> {
        let handle = match description.version {
            FmiVersion::V2 => instantiate_2(library, description, resources)?,
            FmiVersion::V3 => instantiate_3(library, description, resources)?,
        };
        if handle.is_null() {
            return Err("its binary refused to be instantiated; often binary and modelDescription.xml are of \
                        different exports and their identifiers disagree"
                .to_owned());
        }
        let mut instance = Self {
            library,
            version: description.version,
            handle,
            experiment: window,
            states: BTreeMap::new(),
            next_state: 0,
            fatal: false,
        };
        instance.set_up()?;
        Ok(instance)
    }

    fn set_up(&mut self) -> Result<(), Fault> {
        type SetUp = unsafe extern "C" fn(Handle, c_int, f64, f64, c_int, f64) -> c_int;
        if self.version == FmiVersion::V3 {
            return Ok(());
        }
        let Window { start_secs, stop_secs, tolerance } = self.experiment;
        let (with_tolerance, with_stop) = (c_int::from(tolerance.is_some()), c_int::from(stop_secs.is_some()));
        let set_up: SetUp = self.function("SetupExperiment")?;
        // SAFETY: the signature is that of fmi2SetupExperiment; the handle is of this library and alive.
        let status = unsafe {
            set_up(
                self.handle,
                with_tolerance,
                tolerance.unwrap_or(0.0),
                start_secs,
                with_stop,
                stop_secs.unwrap_or(0.0),
            )
        };
        self.check(status)
    }

    pub fn enter_initialisation(&mut self) -> Result<(), Fault> {
        type Enter3 = unsafe extern "C" fn(Handle, bool, f64, f64, bool, f64) -> c_int;
        if self.version == FmiVersion::V2 {
            return self.plain("EnterInitializationMode");
        }
        let Window { start_secs, stop_secs, tolerance } = self.experiment;
        let enter: Enter3 = self.function("EnterInitializationMode")?;
        // SAFETY: the signature is that of fmi3EnterInitializationMode; the handle is alive.
        let status = unsafe {
            let (tolerance_secs, stop) = (tolerance.unwrap_or(0.0), stop_secs.unwrap_or(0.0));
            enter(self.handle, tolerance.is_some(), tolerance_secs, start_secs, stop_secs.is_some(), stop)
        };
        self.check(status)
    }

    pub fn exit_initialisation(&mut self) -> Result<(), Fault> {
        self.plain("ExitInitializationMode")
    }

    pub fn terminate(&mut self) -> Result<(), Fault> {
        self.plain("Terminate")
    }

    /// Steps from a moment by a length, in seconds of the model. True where the model then ends.
    pub fn step(&mut self, from_secs: f64, by_secs: f64) -> Result<bool, Fault> {
        type Step2 = unsafe extern "C" fn(Handle, f64, f64, c_int) -> c_int;
        type Step3 = unsafe extern "C" fn(Handle, f64, f64, bool, *mut u8, *mut u8, *mut u8, *mut f64) -> c_int;
        match self.version {
            FmiVersion::V2 => {
                let step: Step2 = self.function("DoStep")?;
                // SAFETY: the signature is that of fmi2DoStep; the handle is alive.
                let status = unsafe { step(self.handle, from_secs, by_secs, 0) };
                self.check(status).map(|()| false)
            }
            FmiVersion::V3 => {
                let step: Step3 = self.function("DoStep")?;
                let (mut event, mut ended, mut early, mut reached) = (0, 0, 0, from_secs + by_secs);
                // SAFETY: the signature is that of fmi3DoStep, with its booleans as the bytes that they
                // are; the four results outlive the call.
                let status = unsafe {
                    step(self.handle, from_secs, by_secs, false, &mut event, &mut ended, &mut early, &mut reached)
                };
                self.check(status)?;
                if early != 0 && ended == 0 {
                    return Err(format!("it stopped early at {reached} s, which it was not allowed to"));
                }
                Ok(ended != 0)
            }
        }
    }

    pub fn version(&self) -> FmiVersion {
        self.version
    }

    /// The value of a variable of this type.
    pub fn read<T: Held>(&mut self, reference: u32) -> Result<T, Fault> {
        let (mut value, word) = (T::ZERO, format!("Get{}", T::word(self.version)?));
        let status = match self.version {
            FmiVersion::V2 => {
                let get: Get2<T> = self.function(&word)?;
                // SAFETY: the signature is that of fmi2GetReal and its kin for T, whose word it is; one
                // reference and room for one value outlive the call.
                unsafe { get(self.handle, &raw const reference, 1, &raw mut value) }
            }
            FmiVersion::V3 => {
                let get: Get3<T> = self.function(&word)?;
                // SAFETY: as above, for fmi3GetFloat64 and its kin.
                unsafe { get(self.handle, &raw const reference, 1, &raw mut value, 1) }
            }
        };
        self.check(status).map(|()| value)
    }

    /// Sets a variable of this type.
    pub fn write<T: Held>(&mut self, reference: u32, value: T) -> Result<(), Fault> {
        let word = format!("Set{}", T::word(self.version)?);
        let status = match self.version {
            FmiVersion::V2 => {
                let set: Set2<T> = self.function(&word)?;
                // SAFETY: the signature is that of fmi2SetReal and its kin for T, whose word it is; one
                // reference and one value outlive the call.
                unsafe { set(self.handle, &raw const reference, 1, &raw const value) }
            }
            FmiVersion::V3 => {
                let set: Set3<T> = self.function(&word)?;
                // SAFETY: as above, for fmi3SetFloat64 and its kin.
                unsafe { set(self.handle, &raw const reference, 1, &raw const value, 1) }
            }
        };
        self.check(status)
    }

    /// The text of a variable, cut at a mebibyte.
    pub fn read_text(&mut self, reference: u32) -> Result<String, Fault> {
        let text = self.read::<Text>(reference)?.0;
        // SAFETY: the standard lets the text live until the next call of the instance; null is allowed.
        Ok(unsafe { copied(text, MOST_TEXT) })
    }

    pub fn write_text(&mut self, reference: u32, text: &str) -> Result<(), Fault> {
        let text = CString::new(text).map_err(|_| "a text with a zero byte cannot be set".to_owned())?;
        // The binary copies the text before the call returns.
        self.write(reference, Text(text.as_ptr()))
    }

    /// Keeps the present state under a number.
    pub fn save_state(&mut self) -> Result<u32, Fault> {
        self.room_for_state()?;
        let (save, mut state): (ToState, State) = (self.function(self.name("GetFMUstate"))?, ptr::null_mut());
        // SAFETY: the signature is that of fmi2GetFMUstate; a null state asks for a new one.
        let status = unsafe { save(self.handle, &raw mut state) };
        self.check(status)?;
        Ok(self.keep(state))
    }

    /// Goes back to a state that was kept; it stays kept.
    pub fn restore_state(&mut self, number: u32) -> Result<(), Fault> {
        let state = self.kept(number)?;
        let restore: OfState = self.function(self.name("SetFMUstate"))?;
        // SAFETY: the signature is that of fmi2SetFMUstate; the state is of this instance and not freed.
        let status = unsafe { restore(self.handle, state) };
        self.check(status)
    }

    pub fn free_state(&mut self, number: u32) -> Result<(), Fault> {
        let mut state = self.kept(number)?;
        let free: ToState = self.function(self.name("FreeFMUstate"))?;
        self.states.remove(&number);
        // SAFETY: the signature is that of fmi2FreeFMUstate; the state was taken out, so it is freed once.
        let status = unsafe { free(self.handle, &raw mut state) };
        self.check(status)
    }

    pub fn serialise_state(&mut self, number: u32) -> Result<Vec<u8>, Fault> {
        let (state, mut size) = (self.kept(number)?, 0);
        let size_of: StateSize = self.function(self.name("SerializedFMUstateSize"))?;
        // SAFETY: the signature is that of fmi2SerializedFMUstateSize; the size outlives the call.
        let status = unsafe { size_of(self.handle, state, &raw mut size) };
        self.check(status)?;
        if size > MOST_STATE {
            return Err(format!("its state has {size} bytes; up to {MOST_STATE} are taken"));
        }
        let mut bytes = vec![0; size];
        let serialise: StateBytes = self.function(self.name("SerializeFMUstate"))?;
        // SAFETY: the signature is that of fmi2SerializeFMUstate; the room has the size that was asked for.
        let status = unsafe { serialise(self.handle, state, bytes.as_mut_ptr(), size) };
        self.check(status)?;
        Ok(bytes)
    }

    /// Makes a kept state of bytes; the instance does not change.
    pub fn deserialise_state(&mut self, bytes: &[u8]) -> Result<u32, Fault> {
        self.room_for_state()?;
        let word = if self.version == FmiVersion::V2 { "DeSerializeFMUstate" } else { "DeserializeFMUState" };
        let (deserialise, mut state): (BytesState, State) = (self.function(word)?, ptr::null_mut());
        // SAFETY: the signature is that of fmi2DeSerializeFMUstate; the bytes outlive the call.
        let status = unsafe { deserialise(self.handle, bytes.as_ptr(), bytes.len(), &raw mut state) };
        self.check(status)?;
        Ok(self.keep(state))
    }

    fn room_for_state(&self) -> Result<(), Fault> {
        let full = self.states.len() >= MOST_STATES;
        if full { Err(format!("{MOST_STATES} states are kept already; free one")) } else { Ok(()) }
    }

    fn keep(&mut self, state: State) -> u32 {
        let number = self.next_state;
        self.next_state = self.next_state.wrapping_add(1);
        self.states.insert(number, state);
        number
    }

    fn kept(&self, number: u32) -> Result<State, Fault> {
        self.states.get(&number).copied().ok_or_else(|| format!("no state {number} is kept"))
    }

    /// The spelling of this version: FMI 2 writes "FMUstate", FMI 3 "FMUState".
    fn name(&self, word: &'static str) -> &'static str {
        const THREE: [(&str, &str); 5] = [
            ("GetFMUstate", "GetFMUState"),
            ("SetFMUstate", "SetFMUState"),
            ("FreeFMUstate", "FreeFMUState"),
            ("SerializedFMUstateSize", "SerializedFMUStateSize"),
            ("SerializeFMUstate", "SerializeFMUState"),
        ];
        let three = || THREE.iter().find(|(two, _)| *two == word).map_or(word, |(_, three)| three);
        if self.version == FmiVersion::V2 { word } else { three() }
    }

    fn plain(&mut self, word: &str) -> Result<(), Fault> {
        let function: Plain = self.function(word)?;
        // SAFETY: the callers name functions that take the instance alone; the handle is alive.
        let status = unsafe { function(self.handle) };
        self.check(status)
    }

    fn function<T: Copy>(&self, word: &str) -> Result<T, Fault> {
        if self.fatal {
            return Err("it said before that it cannot go on".to_owned());
        }
        let version = if self.version == FmiVersion::V2 { 2 } else { 3 };
        symbol(self.library, &format!("fmi{version}{word}"))
    }

    fn check(&mut self, status: c_int) -> Result<(), Fault> {
        match status {
            // OK and warning.
            0 | 1 => Ok(()),
            2 => Err("its binary gave up what it was asked for (discard)".to_owned()),
            3 => Err("its binary reported an error".to_owned()),
            4 => {
                self.fatal = true;
                Err("its binary reported a fatal error".to_owned())
            }
            5 => Err("its binary wants to step on its own (pending), which is not offered".to_owned()),
            other => Err(format!("its binary answered {other}, which FMI does not know")),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        type Free = unsafe extern "C" fn(Handle);
        let kept: Vec<u32> = self.states.keys().copied().collect();
        for number in kept {
            // The process ends when the parent has heard of the run: a state that stays is no harm.
            _ = self.free_state(number);
        }
        if let Ok(free) = self.function::<Free>("FreeInstance") {
            // SAFETY: the handle is of this library, alive until here and not used again.
            unsafe { free(self.handle) }
        }
    }
}

fn instantiate_2(library: &'static Library, description: &ModelDescription, resources: &Path) -> Result<Handle, Fault> {
    type Instantiate = unsafe extern "C" fn(
        *const c_char,
        c_int,
        *const c_char,
        *const c_char,
        *const Callbacks,
        c_int,
        c_int,
    ) -> Handle;
    const CO_SIMULATION: c_int = 1;
    let (name, token) = (c_text(&description.name)?, c_text(&description.token)?);
    let place = url::Url::from_directory_path(resources).map_err(|()| "its folder has no absolute path")?;
    let place = c_text(place.as_str().trim_end_matches('/'))?;
    let instantiate: Instantiate = symbol(library, "fmi2Instantiate")?;
    let (name, token, place) = (name.as_ptr(), token.as_ptr(), place.as_ptr());
    // SAFETY: the signature is that of fmi2Instantiate; the texts outlive the call and the callbacks
    // everything. Zeros stand for "not visible" and "no debug log".
    Ok(unsafe { instantiate(name, CO_SIMULATION, token, place, &raw const CALLBACKS, 0, 0) })
}

fn instantiate_3(library: &'static Library, description: &ModelDescription, resources: &Path) -> Result<Handle, Fault> {
    type Log3 = unsafe extern "C" fn(*mut c_void, c_int, *const c_char, *const c_char);
    type Instantiate = unsafe extern "C" fn(
        *const c_char,
        *const c_char,
        *const c_char,
        bool,
        bool,
        bool,
        bool,
        *const u32,
        usize,
        *mut c_void,
        Log3,
        *const c_void,
    ) -> Handle;
    let [visible, logging, events, early] = [false; 4];
    let (name, token) = (c_text(&description.name)?, c_text(&description.token)?);
    // The standard wants the separator at the end.
    let place = resources.join("");
    let place = c_text(place.to_str().ok_or("its folder is not UTF-8 text")?)?;
    let instantiate: Instantiate = symbol(library, "fmi3InstantiateCoSimulation")?;
    let (name, token, place) = (name.as_ptr(), token.as_ptr(), place.as_ptr());
    let (none, environment, update) = (ptr::null(), ptr::null_mut(), ptr::null());
    // SAFETY: the signature is that of fmi3InstantiateCoSimulation; the texts outlive the call. Without
    // event mode and early return the intermediate update may be null, and so may a list of none.
    Ok(unsafe { instantiate(name, token, place, visible, logging, events, early, none, 0, environment, log3, update) })
}

fn c_text(text: &str) -> Result<CString, Fault> {
    CString::new(text).map_err(|_| "a name in it holds a zero byte".to_owned())
}

fn symbol<T: Copy>(library: &'static Library, name: &str) -> Result<T, Fault> {
    // SAFETY: the callers ask by names of the standard for the types that the standard gives them. A
    // binary that holds something else under such a name breaks this process and no other.
    let found = unsafe { library.get::<T>(name.as_bytes()) };
    found.map(|found| *found).map_err(|_| format!("its binary lacks the function {name}"))
}

/// Longest message of the binary that is kept, in bytes.
const MOST_MESSAGE: usize = 500;

/// The logger of FMI 2 is variadic. This one takes the fixed arguments alone and leaves the others where
/// they are; the message stays unformatted.
unsafe extern "C" fn log2(_: *mut c_void, _: *const c_char, _: c_int, _: *const c_char, message: *const c_char) {
    // SAFETY: the message is null or a text that lives during the call. Fixed arguments of a variadic
    // call are passed as those of any other on the x86-64 and AArch64 ABIs of Linux, macOS and Windows,
    // and the caller takes the others off the stack.
    log::keep(&unsafe { copied(message, MOST_MESSAGE) });
}

unsafe extern "C" fn log3(_: *mut c_void, _: c_int, _: *const c_char, message: *const c_char) {
    // SAFETY: the message is null or a text that lives during the call.
    log::keep(&unsafe { copied(message, MOST_MESSAGE) });
}

/// A copy of a C text up to its end or a length; empty for null.
///
/// # Safety
/// The pointer is null or leads to bytes that end with a zero.
unsafe fn copied(text: *const c_char, most: usize) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: reading goes on only while no zero came, so it stays within the text.
    let bytes = (0..most).map(|place| unsafe { *text.add(place) }.cast_unsigned()).take_while(|byte| *byte != 0);
    let bytes: Vec<u8> = bytes.collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Lets everything that is printed to standard output from now on, by foreign code too, go to the
/// error output.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub fn print_to_error_output() -> std::io::Result<()> {
    use std::mem::ManuallyDrop;
    use std::os::fd::{AsFd, FromRawFd, OwnedFd};
    // SAFETY: 1 is standard output, which is open; it is owned here for the call alone and not closed.
    let mut output = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(1) });
    Ok(rustix::io::dup2(std::io::stderr().as_fd(), &mut output)?)
}
