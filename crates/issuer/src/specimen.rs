//! Specimen holders and specimen cards, for tests and demonstrations.

mod holders;

pub(crate) use holders::default_holder;
pub use holders::{SpecimenHolder, holders};

/// The placeholder portrait, 300 dpi, JPEG. It shows nobody (`assets/README.md`).
pub const PORTRAIT_300_DPI: &[u8] = include_bytes!("../assets/specimen-300dpi.jpg");
/// The placeholder portrait, 600 dpi, JPEG.
pub const PORTRAIT_600_DPI: &[u8] = include_bytes!("../assets/specimen-600dpi.jpg");
/// The placeholder portrait, 300 dpi, JPEG 2000.
pub const PORTRAIT_300_DPI_JPEG_2000: &[u8] = include_bytes!("../assets/specimen-300dpi.jp2");
/// The placeholder portrait, 600 dpi, JPEG 2000.
pub const PORTRAIT_600_DPI_JPEG_2000: &[u8] = include_bytes!("../assets/specimen-600dpi.jp2");
