//! Temporary stand-ins until `lds` has them.
#![allow(missing_docs, unreachable_pub)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date(pub u16, pub u8, pub u8);
impl Date {
    pub fn new(y: u16, m: u8, d: u8) -> Option<Self> {
        let leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        let days = match m {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            _ => return None,
        };
        (1..=days).contains(&d).then_some(Self(y, m, d))
    }
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartialDate {
    pub year: u16,
    pub month: Option<u8>,
    pub day: Option<u8>,
}
impl PartialDate {
    pub fn earliest(self) -> Date {
        Date(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))
    }
    pub fn latest(self) -> Date {
        Date(self.year, self.month.unwrap_or(12), self.day.unwrap_or(31))
    }
}
#[derive(Clone)]
pub struct NationalId(pub String);
