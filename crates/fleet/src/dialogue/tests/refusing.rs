//! A modem that says why it refuses: people hear what that means.

use super::*;

/// Identity as any modem; it takes no context, and shows none where `no_question`.
fn modem(no_question: bool) -> impl FnMut(&str) -> Vec<(u64, String)> {
    move |request: &str| {
        let said = match request {
            "AT+CGSN" => "\r\n867322031234560\r\n\r\nOK\r\n",
            "AT+CMEE=1" => "\r\nOK\r\n",
            "AT+CGDCONT?" if no_question => "\r\n+CME ERROR: 4\r\n",
            "AT+CGDCONT?" => "\r\n+CGDCONT: 1,\"IP\",\"catm\",\"\",0,0\r\n\r\nOK\r\n",
            _ if request.starts_with("AT+CGDCONT=") => "\r\n+CME ERROR: 30\r\n",
            _ => "\r\nERROR\r\n",
        };
        vec![(20, said.to_owned())]
    }
}

#[test]
fn a_refused_write_is_told_with_what_the_modems_number_means() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', modem(false));
    let mut dialogue = Dialogue::new(profile("modem-3gpp"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let writes = vec![write("1.apn", "iot.example")];
    let outcome = run(&mut dialogue, &mut unit, &mut now, Operation::Write(writes));
    assert_eq!(
        outcome,
        OperationOutcome::WrittenButSaid {
            refused: vec![place("1.apn")],
            said: vec!["+CME ERROR: 30 (no network)".to_owned()],
        }
    );
}

#[test]
fn a_modem_that_cannot_show_its_contexts_is_said_to_refuse_and_not_to_be_silent() {
    let mut now = Moment(1000);
    let mut unit = Script::new('\r', modem(true));
    let mut dialogue = Dialogue::new(profile("modem-3gpp"), Knowledge::default(), now);
    identified(run(&mut dialogue, &mut unit, &mut now, Operation::Identify));
    let fault = failed(run(&mut dialogue, &mut unit, &mut now, Operation::ReadAll));
    assert_eq!(
        fault,
        Fault::RefusedByUnit {
            exchange: "read".to_owned(),
            reply: "+CME ERROR: 4 (operation not supported)".to_owned(),
        }
    );
}
