//! Points in time, to the second, in UTC.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use der::DateTime;
use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Encode, Tag, Tagged};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error, Result};

/// A second between 1970 and 9999, UTC.
///
/// Whatever depends on time takes one of these: the system's clock is read by the caller, with [`now`](Self::now).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(DateTime);

/// The years that RFC 5280 and RFC 5652 write as UTCTime end with this one.
const LAST_UTC_TIME_YEAR: u16 = 2049;

impl Time {
    /// The time of the system's clock.
    ///
    /// # Errors
    /// [`Code::Io`] for a clock before 1970 or after 9999.
    pub fn now() -> Result<Self> {
        let wrong = || {
            Error::new(Code::Io, "system clock")
                .expected("a time between 1970 and 9999")
                .got("another")
        };
        let since = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_err(|_| wrong())?;
        Self::from_unix_seconds(since.as_secs()).map_err(|_| wrong())
    }

    /// The time so many seconds after the start of 1970.
    ///
    /// # Errors
    /// [`Code::Usage`] after 9999.
    pub fn from_unix_seconds(seconds: u64) -> Result<Self> {
        DateTime::from_unix_duration(Duration::from_secs(seconds))
            .map(Self)
            .map_err(|_| {
                Error::usage("time")
                    .expected("a year up to 9999")
                    .got("a later one")
            })
    }

    /// Seconds since the start of 1970.
    pub fn unix_seconds(self) -> u64 {
        self.0.unix_duration().as_secs()
    }

    /// This time and so many days more.
    ///
    /// # Errors
    /// [`Code::Usage`] after 9999.
    pub fn plus_days(self, days: u32) -> Result<Self> {
        const DAY: u64 = 24 * 60 * 60;
        Self::from_unix_seconds(self.unix_seconds() + u64::from(days) * DAY)
    }

    /// A moment of the civil calendar, UTC; `None` if it does not exist, or not from 1970 to 9999.
    pub(crate) fn civil(
        year: u16,
        month: u8,
        day: u8,
        (hour, minute, second): (u8, u8, u8),
    ) -> Option<Self> {
        DateTime::new(year, month, day, hour, minute, second)
            .ok()
            .map(Self)
    }

    /// So many minutes earlier, or later if they are negative; `None` before 1970 and after 9999.
    pub(crate) fn minus_minutes(self, minutes: i16) -> Option<Self> {
        let moved = i64::try_from(self.unix_seconds()).ok()? - i64::from(minutes) * 60;
        Self::from_unix_seconds(u64::try_from(moved).ok()?).ok()
    }

    /// The DER of the Time of RFC 5280 and RFC 5652: UTCTime up to 2049, then GeneralizedTime.
    pub(crate) fn to_der(self) -> Result<Vec<u8>> {
        let written = if self.0.year() <= LAST_UTC_TIME_YEAR {
            UtcTime::from_date_time(self.0).and_then(|time| time.to_der())
        } else {
            GeneralizedTime::from_date_time(self.0).to_der()
        };
        written.map_err(|_| Error::internal("a time that DER cannot express"))
    }

    /// Reads the Time of RFC 5280 and RFC 5652.
    pub(crate) fn from_any(any: AnyRef<'_>) -> Option<Self> {
        match any.tag() {
            Tag::UtcTime => any
                .decode_as::<UtcTime>()
                .ok()
                .map(|time| time.to_date_time()),
            Tag::GeneralizedTime => any
                .decode_as::<GeneralizedTime>()
                .ok()
                .map(|time| time.to_date_time()),
            _ => None,
        }
        .map(Self)
    }
}

impl Time {
    /// What [`Display`](fmt::Display) writes; the year has four digits.
    fn text(self) -> [u8; 20] {
        let mut text = *b"0000-00-00T00:00:00Z";
        let two = |number: u16| number.to_be_bytes()[1];
        let year = self.0.year();
        for (at, number) in [
            (0, two(year / 100)),
            (2, two(year % 100)),
            (5, self.0.month()),
            (8, self.0.day()),
            (11, self.0.hour()),
            (14, self.0.minutes()),
            (17, self.0.seconds()),
        ] {
            text[at] += number / 10;
            text[at + 1] += number % 10;
        }
        text
    }
}

impl FromStr for Time {
    type Err = Error;

    /// Reads what [`Display`](fmt::Display) writes.
    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self).map_err(|_| {
            Error::usage("time")
                .expected("UTC like 2026-11-23T09:30:00Z")
                .got(format!("{text:?}"))
        })
    }
}

/// As [`Display`](fmt::Display).
impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.text()))
    }
}

/// As [`FromStr`].
impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        /// Reads the text where it stands: an audit log has a million of them.
        struct Text;

        impl Visitor<'_> for Text {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Time, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl fmt::Display for Time {
    /// As RFC 3339 writes it: `2026-11-23T09:30:00Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&String::from_utf8_lossy(&self.text()))
    }
}

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    fn read(der: &[u8]) -> Option<Time> {
        Time::from_any(AnyRef::from_der(der).unwrap())
    }

    #[test]
    fn is_written_as_it_is_read() {
        for text in [
            "1970-01-01T00:00:00Z",
            "1999-12-31T23:59:59Z",
            "2000-02-29T12:34:56Z",
            "9999-10-09T08:07:06Z",
        ] {
            let time: Time = text.parse().unwrap();
            assert_eq!(time.to_string(), text);
            assert_eq!(time.0.to_string(), text);
            let json = serde_json::to_string(&time).unwrap();
            assert_eq!(json, format!("{text:?}"));
            assert_eq!(serde_json::from_str::<Time>(&json).unwrap(), time);
        }
        assert_eq!(
            format!("{:>22}", "1970-01-01T00:00:00Z".parse::<Time>().unwrap()),
            "  1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn years_from_2050_are_written_as_generalized_time() {
        // 2049-12-31T23:59:59Z and the second after it.
        for (seconds, tag, text) in [
            (2_524_607_999, 0x17, "2049-12-31T23:59:59Z"),
            (2_524_608_000, 0x18, "2050-01-01T00:00:00Z"),
        ] {
            let time = Time::from_unix_seconds(seconds).unwrap();
            let der = time.to_der().unwrap();
            assert_eq!((der[0], time.to_string().as_str()), (tag, text));
            assert_eq!(read(&der), Some(time));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        assert!(read(b"\x17\x0d2611231200000").is_none());
        assert!(read(b"\x17\x0d261332120000Z").is_none());
        assert!(Time::from_unix_seconds(u64::MAX).is_err());
    }
}
