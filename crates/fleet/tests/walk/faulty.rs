//! Units with every fault that the simulator knows: what the program makes of each, and never an untrue green.

use super::clean::walk_and_check_flash;
use super::desk::{Desk, every_model};
use super::job::Ended;
use fleet::profile::{Access, SimulatedModel};
use fleet::setting::SettingKind;
use fleet::simulator::SimulatorFault as Simulated;
use fleet::{Fault, Profile};

/// The families that most offices have are walked with more seeds.
fn seeds(profile: &Profile) -> std::ops::Range<u64> {
    if matches!(profile.id.as_str(), "teltonika-fmb" | "queclink") {
        0..6
    } else {
        0..2
    }
}

/// Whether the end is one that the fault may have.
fn as_expected(fault: Simulated, profile: &Profile, model: &SimulatedModel, ended: &Ended) -> bool {
    let verified = |most: usize| matches!(ended, Ended::Verified { rounds, .. } if *rounds <= most);
    let failed = |fits: fn(&Fault) -> bool| matches!(ended, Ended::Failed(fault) if fits(fault));
    let did_not_stay = || failed(|fault| matches!(fault, Fault::DidNotStay { .. }));
    // A model without known places has nothing to write, so that most faults cannot show.
    let nothing_to_write = model.initial.is_empty();
    match fault {
        Simulated::WrongPassword => match profile.access {
            Access::Keyword { .. } => failed(|fault| {
                matches!(
                    fault,
                    Fault::Locked {
                        tries_left: Some(5)
                    }
                )
            }),
            Access::PasswordInRequest { .. } => {
                failed(|fault| matches!(fault, Fault::WrongPassword | Fault::Silent))
            }
            Access::Open | Access::ServiceCode { .. } => verified(1),
        },
        Simulated::Silent => failed(|fault| *fault == Fault::Silent),
        Simulated::ModemPort => failed(|fault| matches!(fault, Fault::ModemPort)),
        Simulated::BinaryMode => {
            failed(|fault| matches!(fault, Fault::BinaryMode | Fault::NotAKnownUnit { .. }))
        }
        Simulated::NeverReturns => failed(|fault| matches!(fault, Fault::DidNotComeBack)),
        Simulated::OtherUnit => failed(|fault| matches!(fault, Fault::OtherUnit { .. })),
        _ if nothing_to_write => true,
        // Where reading is quick, a unit may be read between two of its restarts; what it shows is true.
        Simulated::RestartLoop if verified(1) && reads_quickly(profile) => true,
        Simulated::RestartLoop => failed(|fault| {
            matches!(
                fault,
                Fault::RestartLoop
                    | Fault::DidNotComeBack
                    | Fault::NoAnswer { .. }
                    | Fault::ReplyIncomplete { .. }
            )
        }),
        Simulated::CablePulledOnce
        | Simulated::InsertedNoise
        | Simulated::Garbage
        | Simulated::Echo
        | Simulated::SplitBytes
        | Simulated::GluedFrames
        | Simulated::DoubledAck
        | Simulated::LateAckOnce
        | Simulated::AckLostApplied
        | Simulated::OperatorsDisagree
        | Simulated::CutReplyOnce
        | Simulated::Slow
        | Simulated::DumpShortOnce
        | Simulated::NotReadyTwice => verified(1),
        Simulated::MissingSim => {
            matches!(ended, Ended::Verified { rounds: 1, identity } if identity.iccid.is_none())
        }
        Simulated::KeepsWrongValueOnce => matches!(ended, Ended::Verified { rounds: 2, .. }),
        Simulated::TooSlow => failed(|_| true) || verified(1),
        Simulated::WrongBaud => {
            failed(|fault| matches!(fault, Fault::Silent | Fault::NotAKnownUnit { .. }))
        }
        // This walk asks nobody back to a unit that has gone silent; the real job does.
        Simulated::RestartsOnce | Simulated::NakAppliedOnce => {
            verified(1)
                || failed(|fault| {
                    matches!(fault, Fault::ValuesRefused { .. } | Fault::NoAnswer { .. })
                })
        }
        Simulated::OtherFirmware => {
            verified(1)
                || failed(|fault| {
                    matches!(
                        fault,
                        Fault::ValuesRefused { .. }
                            | Fault::SettingNotAvailable { .. }
                            | Fault::DidNotStay { .. }
                    )
                })
        }
        Simulated::DroppedByteOnce | Simulated::FlippedBitOnce | Simulated::InsertedByteOnce => {
            verified(2)
                || failed(|fault| {
                    matches!(
                        fault,
                        Fault::ChangedByItself { .. } | Fault::BadIdentity { .. }
                    )
                })
        }
        // A model without numbers has nothing that could be clamped.
        Simulated::ClampedValue if !has_numbers(profile, model) => verified(1),
        Simulated::AckNotApplied
        | Simulated::KeepsWrongValue
        | Simulated::SaveIgnored
        | Simulated::ClampedValue => did_not_stay(),
        Simulated::HalfSaved => did_not_stay() || verified(3),
        // Where every place was written, nothing is left that could change by itself.
        Simulated::ChangesByItself if profile.single.is_some() || !profile.view.is_empty() => {
            verified(1) || failed(|fault| matches!(fault, Fault::ChangedByItself { .. }))
        }
        Simulated::ChangesByItself => {
            failed(|fault| matches!(fault, Fault::ChangedByItself { .. }))
        }
        Simulated::PartialBatch => failed(|fault| matches!(fault, Fault::ValuesRefused { .. })),
        Simulated::EndlessLine => failed(|fault| {
            matches!(
                fault,
                Fault::TooMuch { .. } | Fault::NoAnswer { .. } | Fault::ReplyIncomplete { .. }
            )
        }),
    }
}

fn has_numbers(profile: &Profile, model: &SimulatedModel) -> bool {
    let variant = profile.variant(&model.variant).unwrap();
    profile
        .settings_on(variant)
        .any(|setting| setting.kind == SettingKind::Integer && setting.mask.is_none())
}

fn reads_quickly(profile: &Profile) -> bool {
    matches!(
        profile.id.as_str(),
        "modem-3gpp" | "suntech" | "suntech-universal"
    )
}

fn walk_with(fault: Simulated) {
    for (profile, model) in every_model() {
        for seed in seeds(&profile) {
            let mut desk = Desk::new(&profile, &model.variant, seed, &[fault]);
            let ended = walk_and_check_flash(&mut desk);
            assert!(
                as_expected(fault, &profile, &model, &ended),
                "{fault} on {} {}, seed {seed}: {ended:?}\n{}",
                profile.id,
                model.variant,
                desk.transcript()
            );
        }
    }
}

macro_rules! faults {
    ($($name:ident: $fault:ident,)+) => {
        $(#[test]
        fn $name() {
            walk_with(Simulated::$fault);
        })+

        #[test]
        fn every_fault_is_walked() {
            let walked = [$(Simulated::$fault,)+];
            for fault in Simulated::all() {
                assert!(walked.contains(fault), "{fault}");
            }
        }
    };
}

faults! {
    a_wrong_password_leaves_the_unit_untouched: WrongPassword,
    a_silent_unit_is_silent: Silent,
    a_modem_port_is_named: ModemPort,
    a_binary_mode_is_named: BinaryMode,
    a_pulled_cable_is_gone_on_with: CablePulledOnce,
    a_unit_that_stays_away_did_not_come_back: NeverReturns,
    a_slow_unit_is_waited_for: Slow,
    a_unit_slower_than_its_limits_is_never_green_by_mistake: TooSlow,
    a_cut_reply_is_asked_again: CutReplyOnce,
    a_lost_byte_makes_no_untrue_green: DroppedByteOnce,
    a_flipped_bit_makes_no_untrue_green: FlippedBitOnce,
    a_byte_too_many_makes_no_untrue_green: InsertedByteOnce,
    a_unit_at_another_speed_is_no_known_unit: WrongBaud,
    a_no_to_what_was_done_is_not_believed: NakAppliedOnce,
    a_restart_in_the_middle_of_a_command_is_gone_on_with: RestartsOnce,
    other_firmware_than_described_is_named: OtherFirmware,
    noise_between_all_lines_does_no_harm: InsertedNoise,
    a_doubled_acknowledgement_answers_once: DoubledAck,
    a_late_acknowledgement_is_no_answer_to_the_next_question: LateAckOnce,
    an_acknowledgement_proves_nothing: AckNotApplied,
    a_lost_acknowledgement_is_written_again: AckLostApplied,
    a_clamped_value_does_not_stay: ClampedValue,
    a_value_lost_once_is_written_again: KeepsWrongValueOnce,
    a_value_that_never_stays_is_told: KeepsWrongValue,
    a_save_that_saves_nothing_is_seen: SaveIgnored,
    a_save_of_one_half_is_seen: HalfSaved,
    a_restart_loop_ends_the_walk: RestartLoop,
    another_unit_is_never_written_to: OtherUnit,
    a_value_that_changes_by_itself_is_told: ChangesByItself,
    a_refused_value_is_named: PartialBatch,
    a_short_list_is_read_again: DumpShortOnce,
    a_unit_that_is_not_ready_is_asked_again: NotReadyTwice,
    a_line_without_end_ends_the_question: EndlessLine,
    garbage_does_no_harm: Garbage,
    an_echo_is_no_answer: Echo,
    bytes_may_come_alone: SplitBytes,
    frames_may_come_together: GluedFrames,
    places_that_disagree_are_all_written: OperatorsDisagree,
    a_unit_without_sim_has_no_iccid: MissingSim,
}
