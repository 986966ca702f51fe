//! Draws the placeholder portrait of the specimen cards: a silhouette behind the word SPECIMEN.
//!
//! `cargo run` in this folder writes `../specimen-300dpi.jpg` and `../specimen-600dpi.jpg`. The
//! pictures show nobody: everything in them is computed below.

use image::codecs::jpeg::{JpegEncoder, PixelDensity};
use image::{ExtendedColorType, ImageEncoder};

/// The photograph of the card: 35 mm × 45 mm.
const WIDTH_MM: f64 = 35.0;
const HEIGHT_MM: f64 = 45.0;

/// Sub-samples per pixel and direction, against jagged edges.
const SAMPLES: u32 = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (dots_per_inch, quality) in [(300u16, 60), (600, 50)] {
        let pixels = |millimetres: f64| (millimetres / 25.4 * f64::from(dots_per_inch)).round() as u32;
        let (width, height) = (pixels(WIDTH_MM), pixels(HEIGHT_MM));
        let mut rgb = Vec::with_capacity((width * height * 3) as usize);
        for y in 0..height {
            for x in 0..width {
                rgb.extend(pixel(x, y, width, height));
            }
        }
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
        encoder.set_pixel_density(PixelDensity::dpi(dots_per_inch));
        encoder.write_image(&rgb, width, height, ExtendedColorType::Rgb8)?;
        let path = format!("../specimen-{dots_per_inch}dpi.jpg");
        std::fs::write(&path, &jpeg)?;
        println!("{path}: {width} × {height}, {} bytes", jpeg.len());
    }
    Ok(())
}

fn pixel(x: u32, y: u32, width: u32, height: u32) -> [u8; 3] {
    let mut sum = [0.0; 3];
    for sub in 0..SAMPLES * SAMPLES {
        let offset = |n: u32| (f64::from(n) + 0.5) / f64::from(SAMPLES);
        let u = (f64::from(x) + offset(sub % SAMPLES)) / f64::from(width) * WIDTH_MM;
        let v = (f64::from(y) + offset(sub / SAMPLES)) / f64::from(height) * HEIGHT_MM;
        for (total, channel) in sum.iter_mut().zip(colour(u, v)) {
            *total += channel;
        }
    }
    sum.map(|total| (total / f64::from(SAMPLES * SAMPLES)).round() as u8)
}

/// The colour at a place given in millimetres from the upper left corner.
fn colour(u: f64, v: f64) -> [f64; 3] {
    let base = if in_silhouette(u, v) { [118.0, 132.0, 150.0] } else { [236.0, 239.0, 242.0] };
    // Fine wavy lines, as on security paper.
    let wave = (v * 1.3 + (u * 0.55).sin() * 1.9 + (u * 0.21 + v * 0.13).cos() * 2.4).sin();
    let line = if wave.abs() < 0.16 { -9.0 } else { 0.0 };
    if in_text(u, v) {
        return [178.0, 34.0, 46.0];
    }
    base.map(|channel| channel + line)
}

fn in_ellipse(u: f64, v: f64, centre: (f64, f64), radius: (f64, f64)) -> bool {
    let (x, y) = ((u - centre.0) / radius.0, (v - centre.1) / radius.1);
    x * x + y * y <= 1.0
}

fn in_silhouette(u: f64, v: f64) -> bool {
    let head = in_ellipse(u, v, (17.5, 19.0), (9.2, 12.6));
    let neck = (13.2..=21.8).contains(&u) && (28.0..=38.0).contains(&v);
    let shoulders = in_ellipse(u, v, (17.5, 47.5), (16.2, 12.0));
    head || neck || shoulders
}

/// SPECIMEN on a rising diagonal.
fn in_text(u: f64, v: f64) -> bool {
    let angle = 38.0_f64.to_radians();
    let (dx, dy) = (u - WIDTH_MM / 2.0, v - 26.0);
    let along = dx * angle.cos() - dy * angle.sin();
    let across = dx * angle.sin() + dy * angle.cos();
    let dot = 0.74;
    let columns = WORD.len() as f64 * 6.0 - 1.0;
    let (column, row) = (along / dot + columns / 2.0, across / dot + 3.5);
    if column < 0.0 || column >= columns || !(0.0..7.0).contains(&row) {
        return false;
    }
    let (letter, column) = ((column / 6.0) as usize, column as usize % 6);
    column < 5 && WORD[letter][row as usize].as_bytes()[column] == b'#'
}

/// Five dots wide, seven high.
const WORD: [[&str; 7]; 8] = [S, P, E, C, I, M, E, N];
const S: [&str; 7] = [" ### ", "#   #", "#    ", " ### ", "    #", "#   #", " ### "];
const P: [&str; 7] = ["#### ", "#   #", "#   #", "#### ", "#    ", "#    ", "#    "];
const E: [&str; 7] = ["#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#####"];
const C: [&str; 7] = [" ### ", "#   #", "#    ", "#    ", "#    ", "#   #", " ### "];
const I: [&str; 7] = [" ### ", "  #  ", "  #  ", "  #  ", "  #  ", "  #  ", " ### "];
const M: [&str; 7] = ["#   #", "## ##", "# # #", "# # #", "#   #", "#   #", "#   #"];
const N: [&str; 7] = ["#   #", "##  #", "# # #", "# # #", "#  ##", "#   #", "#   #"];
