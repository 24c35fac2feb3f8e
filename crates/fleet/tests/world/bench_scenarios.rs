//! What can go wrong with a unit and with its cable.

use super::scenario::{ACTIVE, Ends, MINUTE, PORT_ONLY, SAME, Scenario, stopped, straight};
use super::unit::{At, Flaws};
use fleet::fault::UnitCondition;
use fleet::job::JobState;
use fleet::journal::Verdict;
use fleet::registration::RegistrationState;

fn flawed(name: &'static str, flaws: Flaws, ends: Ends) -> Scenario {
    Scenario {
        flaws,
        ends,
        ..straight(name)
    }
}

pub fn unit_scenarios() -> Vec<Scenario> {
    let flaws = Flaws::default;
    let skipped = RegistrationState::Skipped;
    let wrong = |times| Flaws {
        keeps_wrong: Some(("10050", "301", times)),
        ..Flaws::default()
    };
    let not_verified = Ends {
        verdict: Verdict::NotVerified,
        condition: UnitCondition::WrittenUnproved,
        ..ACTIVE
    };
    vec![
        straight("straight"),
        Scenario {
            crash_cuts_power: true,
            ..straight("power cut with the program")
        },
        Scenario {
            wall_jump_s: -86_400,
            ..straight("clock a day back")
        },
        Scenario {
            settings: SAME,
            ends: Ends {
                verdict: Verdict::AlreadySet,
                condition: UnitCondition::Untouched,
                ..ACTIVE
            },
            ..straight("already set")
        },
        Scenario {
            registers: false,
            ends: Ends {
                registration: skipped,
                ..ACTIVE
            },
            ..straight("no registration")
        },
        Scenario {
            carrier_at_hand: false,
            ends: Ends {
                state: JobState::RegClaim,
                registration: RegistrationState::Owed,
                ..ACTIVE
            },
            ..straight("no carrier at hand")
        },
        Scenario {
            approved: false,
            ..straight("a person approves")
        },
        Scenario {
            approved: false,
            approves: false,
            ends: Ends {
                state: JobState::NeedsPerson,
                verdict: Verdict::NeedsPerson,
                ..stopped("P-410", UnitCondition::Untouched)
            },
            ..straight("nobody approves")
        },
        Scenario {
            settings: "\"no.such\" = 1\n\"server.port\" = 6000",
            ends: stopped("P-401", UnitCondition::Untouched),
            ..straight("a setting that the unit lacks")
        },
        flawed("a wrong value once", wrong(1), ACTIVE),
        flawed(
            "a wrong value until it is put back",
            wrong(3),
            stopped("V-310", UnitCondition::PutBack),
        ),
        flawed(
            "a wrong value for ever",
            wrong(99),
            stopped("V-310", UnitCondition::PartlyWritten),
        ),
        flawed(
            "save ignored once",
            Flaws {
                saves_ignored: 1,
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "save ignored for ever",
            Flaws {
                saves_ignored: 99,
                ..flaws()
            },
            stopped("V-310", UnitCondition::PutBack),
        ),
        flawed(
            "half saved once",
            Flaws {
                saves_half: 1,
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "a value refused",
            Flaws {
                refuses: vec![("NET.host", false)],
                ..flaws()
            },
            stopped("V-311", UnitCondition::PutBack),
        ),
        flawed(
            "refused and taken",
            Flaws {
                refuses: vec![("NET.host", true)],
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "acknowledged and not taken",
            Flaws {
                forgets: vec!["2001", "10055"],
                ..flaws()
            },
            ACTIVE,
        ),
        flawed(
            "another value changes by itself",
            Flaws {
                changes_itself: Some(("NET.link", "4")),
                ..flaws()
            },
            ACTIVE,
        ),
        Scenario {
            settings: PORT_ONLY,
            flaws: Flaws {
                changes_itself: Some(("2001", "wap")),
                ..flaws()
            },
            ends: stopped("V-312", UnitCondition::PartlyWritten),
            ..straight("a value outside the plan changes by itself")
        },
        Scenario {
            settings: "\"tester.pin\" = \"80513\"\n\"server.port\" = 6000",
            ends: not_verified,
            ..straight("a value that cannot be read")
        },
        flawed(
            "a value left out of the dump",
            Flaws {
                hides: vec!["2001"],
                ..flaws()
            },
            not_verified,
        ),
        Scenario {
            optional: "\"server.host\", \"server.port\"",
            ..flawed(
                "a command that is shown only after a restart",
                Flaws {
                    shows_late: Some("NET"),
                    ..flaws()
                },
                ACTIVE,
            )
        },
    ]
}

pub fn connection_scenarios() -> Vec<Scenario> {
    let with = |name, faults: &[(u32, At)]| Scenario {
        faults: faults.to_vec(),
        ..straight(name)
    };
    // Operations of a straight run: 1 identify, 2 read, 3 write, 4 identify, 5 save, 6 restart, 7 read, 8 identify, 9 end.
    vec![
        with(
            "unplugged before a write",
            &[(
                3,
                At::Unplug {
                    done: false,
                    away_ms: 5000,
                },
            )],
        ),
        with(
            "unplugged after a write",
            &[(
                3,
                At::Unplug {
                    done: true,
                    away_ms: 5000,
                },
            )],
        ),
        with(
            "unplugged for long",
            &[(
                3,
                At::Unplug {
                    done: true,
                    away_ms: 10 * MINUTE,
                },
            )],
        ),
        with("power lost before the save", &[(5, At::PowerLoss)]),
        with(
            "power lost again and again",
            &[(3, At::PowerLoss), (6, At::PowerLoss), (9, At::PowerLoss)],
        ),
        with("another unit before the write", &[(3, At::SwapUnnoticed)]),
        with("another unit before the save", &[(4, At::SwapUnnoticed)]),
        with("another unit after a lost write", &[(3, At::SwapNoticed)]),
        with("another unit is read back", &[(7, At::SwapUnnoticed)]),
        with(
            "no answer to the save",
            &[
                (5, At::NoAnswer { done: false }),
                (8, At::NoAnswer { done: true }),
            ],
        ),
        with(
            "a reading that is cut",
            &[(2, At::CutReading), (8, At::CutReading)],
        ),
        flawed(
            "stays away after the restart",
            Flaws {
                stays_away: 1,
                ..Flaws::default()
            },
            ACTIVE,
        ),
        flawed(
            "the request to restart is lost once",
            Flaws {
                ignores_restarts: 1,
                ..Flaws::default()
            },
            ACTIVE,
        ),
        flawed(
            "shows what it has not saved and never restarts",
            Flaws {
                ignores_restarts: 99,
                saves_ignored: 99,
                ..Flaws::default()
            },
            Ends {
                code: Some("V-322"),
                verdict: Verdict::NotVerified,
                condition: UnitCondition::WrittenUnproved,
                ..ACTIVE
            },
        ),
        Scenario {
            faults: vec![
                (13, At::PowerLoss),
                (
                    16,
                    At::Unplug {
                        done: true,
                        away_ms: 5000,
                    },
                ),
            ],
            ..flawed(
                "unplugged while being put back",
                Flaws {
                    saves_ignored: 3,
                    ..Flaws::default()
                },
                stopped("V-310", UnitCondition::PutBack),
            )
        },
    ]
}
