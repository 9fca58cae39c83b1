//! Guarantees of the program with a headset, seen under Monado with a headset and hands that the test
//! moves. Tests that start Monado are ignored where one does not ask for them: `make test-vr` does.

#[cfg(target_os = "linux")]
mod diary;
#[cfg(target_os = "linux")]
mod monado;
#[cfg(target_os = "linux")]
mod remote;
#[cfg(target_os = "linux")]
mod runtime;
#[cfg(target_os = "linux")]
mod twin;
#[cfg(target_os = "linux")]
mod wait;
#[cfg(target_os = "linux")]
mod worn;
