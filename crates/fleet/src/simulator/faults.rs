//! Faults that a simulated unit can be given by name, each with what the program should make of it.

use std::fmt;
use std::str::FromStr;

macro_rules! simulator_faults {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// Something wrong with a simulated unit, its cable or its line.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SimulatorFault {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl SimulatorFault {
            /// Every fault.
            #[must_use]
            pub fn all() -> &'static [Self] {
                &[$(Self::$variant,)+]
            }

            /// Its name on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What it does and what the program is expected to make of it.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc, "\n",)+).trim(),)+
                }
            }
        }
    };
}

simulator_faults! {
    /// The unit has another password or keyword than it should. Expected: needs a person (wrong password, or code refused), untouched.
    WrongPassword = "wrong-password",
    /// The unit says nothing at all. Expected: stopped, nothing heard.
    Silent = "silent",
    /// The unit's cellular modem answers here. Expected: needs a person, modem port.
    ModemPort = "modem-port",
    /// The unit answers in its binary mode. Expected: stopped, binary mode.
    BinaryMode = "binary-mode",
    /// The cable comes out in the middle of the first write and is put back 1.5 s later. Expected: verified.
    CablePulledOnce = "cable-pulled-once",
    /// The unit does not come back after its restart. Expected: stopped, did not come back.
    NeverReturns = "never-returns",
    /// Every reply comes just before its time limit. Expected: verified.
    Slow = "slow",
    /// Every reply comes after its time limit. Expected: stopped with no answer; never verified by a reply to another question.
    TooSlow = "too-slow",
    /// One reply ends in the middle. Expected: verified, asked again.
    CutReplyOnce = "cut-reply-once",
    /// One byte of one reply is lost. Expected: verified, asked again; or stopped, never untrue.
    DroppedByteOnce = "dropped-byte-once",
    /// One bit of one reply is wrong. Expected: verified, asked again; or stopped, never untrue.
    FlippedBitOnce = "flipped-bit-once",
    /// One byte too many stands in one reply. Expected: verified, asked again; or stopped, never untrue.
    InsertedByteOnce = "inserted-byte-once",
    /// The unit speaks at another speed than the line. Expected: stopped, nothing heard or not a known unit.
    WrongBaud = "wrong-baud",
    /// A log line stands between every two lines. Expected: verified.
    InsertedNoise = "inserted-noise",
    /// Every acknowledgement comes twice. Expected: verified.
    DoubledAck = "doubled-ack",
    /// The first write is acknowledged after its time limit. Expected: verified, asked again.
    LateAckOnce = "late-ack-once",
    /// Writes are acknowledged and not done. Expected: stopped, did not stay.
    AckNotApplied = "ack-not-applied",
    /// The first write is done and not acknowledged. Expected: verified, written again.
    AckLostApplied = "ack-lost-applied",
    /// The first write is done and answered with 'no', where the family has a word for it. Expected: verified, or stopped and put back.
    NakAppliedOnce = "nak-applied-once",
    /// The unit restarts by itself in the middle of the first write.
    /// Expected: verified, written again; or, where silence is its 'no', stopped and put back.
    RestartsOnce = "restarts-once",
    /// The firmware has one more field in each command, or one parameter less, than the profile describes.
    /// Expected: stopped, not available or refused; what fits is verified.
    OtherFirmware = "other-firmware",
    /// A number is acknowledged and stored smaller than written. Expected: stopped, did not stay.
    ClampedValue = "clamped-value",
    /// After the first restart one written setting holds something else; the next write of it is kept. Expected: verified, written again.
    KeepsWrongValueOnce = "keeps-wrong-value-once",
    /// After each restart one written setting holds something else. Expected: stopped, did not stay.
    KeepsWrongValue = "keeps-wrong-value",
    /// Saving is acknowledged and not done. Expected: stopped, did not stay.
    SaveIgnored = "save-ignored",
    /// Only every second written value is saved. Expected: stopped, did not stay.
    HalfSaved = "half-saved",
    /// The unit restarts again and again after its restart. Expected: stopped, keeps restarting or did not come back.
    RestartLoop = "restart-loop",
    /// Another unit answers after the restart. Expected: needs a person, another unit.
    OtherUnit = "other-unit",
    /// A setting that nobody wrote is different after the restart. Expected: stopped, changed by itself.
    ChangesByItself = "changes-by-itself",
    /// One setting is always refused. Expected: stopped, value refused.
    PartialBatch = "partial-batch",
    /// One line is missing in the first reading. Expected: verified, read again.
    DumpShortOnce = "dump-short-once",
    /// The unit is twice not ready to be read. Expected: verified, asked again.
    NotReadyTwice = "not-ready-twice",
    /// The first reading never ends: one line without an end. Expected: stopped, too much or no answer.
    EndlessLine = "endless-line",
    /// Bytes that are no text stand between every two lines. Expected: verified.
    Garbage = "garbage",
    /// The unit repeats every request before it answers. Expected: verified.
    Echo = "echo",
    /// Every byte arrives alone. Expected: verified.
    SplitBytes = "split-bytes",
    /// All frames of an answer arrive at once, with a report in between. Expected: verified.
    GluedFrames = "glued-frames",
    /// The places of settings that stand in several places disagree at first. Expected: verified, all written.
    OperatorsDisagree = "operators-disagree",
    /// No SIM. Expected: verified; a carrier that asks for the SIM's number cannot register it.
    MissingSim = "missing-sim",
}

/// A name that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{name}' is no simulated fault; known are: {}", known())]
pub struct UnknownSimulatorFault {
    /// What was asked for.
    pub name: String,
}

fn known() -> String {
    SimulatorFault::all()
        .iter()
        .map(|fault| fault.name())
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for SimulatorFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for SimulatorFault {
    type Err = UnknownSimulatorFault;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::all()
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| UnknownSimulatorFault {
                name: name.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_says_what_is_expected() {
        for fault in SimulatorFault::all() {
            assert_eq!(fault.to_string().parse(), Ok(*fault));
            assert!(fault.meaning().contains("Expected: "), "{fault}");
            assert!(
                fault
                    .name()
                    .chars()
                    .all(|each| each.is_ascii_lowercase() || each == '-'),
                "{fault}"
            );
        }
    }

    #[test]
    fn an_unknown_fault_names_the_known_ones() {
        let message = "broken".parse::<SimulatorFault>().unwrap_err().to_string();
        assert!(
            message.contains("'broken'") && message.contains("keeps-wrong-value-once"),
            "{message}"
        );
    }
}
