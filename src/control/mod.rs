//! How people change the plant: who may, what is asked, and what is kept of it.

pub mod audit;
#[cfg(feature = "write")]
pub mod inbox;
#[cfg(feature = "write")]
pub mod links;
pub mod people;
pub mod policy;
#[cfg(feature = "write")]
pub mod push;
pub mod store;
