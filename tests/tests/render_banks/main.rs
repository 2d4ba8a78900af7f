//! What the banks promise, measured on their sound through the public surface of `timbrel_engine::render`.

#![allow(clippy::expect_used)] // A test stops where something is not as it should be.

mod blocks;
mod clicks;
mod golden;
mod levels;
mod noise;
mod pitch;
mod playing;
mod room;
mod room_shape;
mod spectrum;
mod stage;
mod stereo;
mod stretched;
