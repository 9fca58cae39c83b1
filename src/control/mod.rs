//! How people change the plant: who may, what is asked, and what is kept of it.

pub mod audit;
pub mod people;
pub mod policy;
