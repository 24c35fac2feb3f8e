//! Each check refuses what it is there for, and names the place.

use super::*;
use crate::profile::ProfileRegistry;
use std::collections::BTreeSet;

const TINY: &str = include_str!("../tiny.toml");
const TELTONIKA: &str = include_str!("../../../../../device_profiles/teltonika-fmb.toml");
const QUECLINK: &str = include_str!("../../../../../device_profiles/queclink.toml");

/// A shipped profile, what is changed in it, and the problem that must be found: its path and some of its words.
type Row = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    &'static str,
);

const T: &str = TELTONIKA;
const Q: &str = QUECLINK;
const M: &str = include_str!("../../../../../device_profiles/meitrack.toml");
const G: &str = include_str!("../../../../../device_profiles/modem-3gpp.toml");
const C: &str = include_str!("../../../../../device_profiles/calamp-lmu.toml");
const S: &str = include_str!("../../../../../device_profiles/suntech.toml");
const X: &str = include_str!("../../../../../device_profiles/xirgo.toml");
const K: &str = include_str!("../../../../../device_profiles/sprint-cdma.toml");

#[rustfmt::skip]
const BROKEN: &[Row] = &[
    // what the later families brought
    (M, &[("reply_start = \"$$\"", "reply_start = \"A\"")], "line.framing", "punctuation"),
    (M, &[("exchange = \"stored\"\ninto = { ", "exchange = \"stored\"\ninto = { nowhere = \"A21.mode\", ")], "view.1.into", "nowhere"),
    (M, &[("views = [\"stored\"]", "views = [\"other\"]")], "variant.stored.views", "no view"),
    (M, &[("max = 359                              # documented\nreadable = false", "max = 359")], "setting.meitrack.turn_degrees.readable", "must be false"),
    (C, &[("request = \"AT$APP PARAM? {parameter}\"", "request = \"AT$APP PARAM?\"")], "single.read", "{parameter}"),
    (C, &[("mapped = true                          # documented: intervals are timers of the loaded script\nmin = 0\nmax = 65535\n\n[[setting]]\nkey = \"report.parked", "min = 0\nmax = 65535\n\n[[setting]]\nkey = \"report.parked")], "setting.report.moving_interval_s.places", "mapped"),
    (S, &[("RPT = [[\"_\", \"parked\"", "RPT = [[\"_\", \"standing\"")], "variant.st300.shown_as.RPT", "every field"),
    (S, &[("sections = [\"NTW\", ", "sections = [")], "positional.sections", "NTW"),
    (K, &[("one_shot = true", "one_shot = false")], "exchange.service_code.one_shot", "disable"),
    (K, &[("before = [\"programming_mode\", \"service_code\"]", "before = [\"programming_mode\"]")], "access.exchange", "single.before"),
    // what a registration brings
    (K, &[("from_registration = \"msid\"", "from_registration = \"mdn\"")], "setting.cdma.msid.from_registration", "same value"),
    (K, &[("register_first = true", "register_first = false")], "setting.cdma.mdn.from_registration", "register_first"),
    // what exchanges are used for
    (T, &[("begin = [\"session_begin\"]", "begin = [\"session_begin\", \"save\"]")], "session.begin", "'save' saves"),
    (K, &[("ask = [\"number\", ", "ask = [\"normal_mode\", \"number\", ")], "identify.ask", "belongs to writing"),
    (G, &[("begin = [\"error_numbers\"]", "begin = [\"error_numbers\", \"restart\"]")], "session.begin", "restarts the unit"),
    (S, &[("ask = [\"version\"]", "ask = [\"version\", \"write\"]")], "identify.ask", "nobody can fill {command}"),
    (T, &[("request = \":cfg_save\"", "request = \"\"")], "exchange.save.request", "asks nothing"),
    (K, &[("refusals = [\"ERROR\"]                   # documented\n\n[[exchange.number.replies]]", "refusals = [\"{meid%14}\"]\n\n[[exchange.number.replies]]")], "exchange.number.refusals", "also a reply"),
    (K, &[("  \"#904{text*}\",", "  \"{text*}\",")], "unsolicited.ignore", "every line"),
    // text messages
    (T, &[("setparam {pairs*}", "setparam {Pairs*}")], "sms.pairs", "no name"),
    (T, &[("setparam {pairs*}", "setparam")], "sms.pairs", "{pairs}"),
    (T, &[("ask_at_most = 6 ", "ask_at_most = 0 ")], "sms.ask_at_most", "1 to"),
    (T, &[("factory_password = \"\"", "factory_password = \"{model}\"")], "sms.factory_password", "{model}"),
    (X, &[("\"1001.a\" = \"4\"", "\"1001.z\" = \"4\"")], "sms.fixed.1001.z", "no model"),
    (X, &[("\"1001.a\" = \"4\"", "\"1001.host\" = \"4\"")], "sms.fixed.1001.host", "server.host"),
    // line
    (T, &[("schema = 1", "schema = 2")], "schema", "form 1"),
    (T, &[("id = \"teltonika-fmb\"", "id = \"Teltonika\"")], "id", "lower-case"),
    (T, &[("name = \"Teltonika FMB / FMC / FMM\"", "name = \" \"")], "name", "people"),
    (T, &[("baud = 115200", "baud = 5")], "line.baud", "300"),
    (T, &[("quiet_ms = 50 ", "quiet_ms = 9223372036854775807 ")], "line.quiet_ms", "at most"),
    (T, &[("\"0E8D:0023\"", "\"0E8D-23\"")], "line.usb_ids", "0E8D-23"),
    (Q, &[("starts = [\"+ACK:\"", "starts = [\"+A$CK:\"")], "line.framing.starts", "contains the end"),
    (Q, &[("bytes = \"+ACK\"", "pattern = \"+ACK\"")], "unsolicited.sign.1", "not_followed_by"),
    (Q, &[("bytes = \"+RSP\"", "")], "unsolicited.sign.2", "either"),
    // exchanges
    (T, &[("request = \":cfg_connect\"", "request = \":cfg_{Connect}\"")], "exchange.session_begin.request", "no name"),
    (T, &[("begin = [\"session_begin\"]", "begin = [\"sesion_begin\"]")], "session.begin", "sesion_begin"),
    (T, &[("begin = [\"session_begin\"]", "begin = []")], "exchange.session_begin", "nothing uses"),
    (T, &[("state = \"keyword_state\"", "state = \"nothing\"")], "access.state", "nothing"),
    (G, &[("fields = { 1 = [\"IP\", \"\"] }", "fields = { 1 = [\"IP\"] }")], "positional.undefined.fields.1", "1 fields"),
    (G, &[("says = [\"OK\"]", "says = []")], "positional.undefined.says", "a word"),
    (G, &[("says = [\"OK\"]", "says = [\"O{K\"]")], "positional.undefined.says", "O{K"),
    (Q, &[("read = \"read\"", "read = \"raed\"")], "positional.read", "raed"),
    (T, &[("exchange = \"save\"", "exchange = \"keep\"")], "save.exchange", "keep"),
    (T, &[("tries = 5 ", "tries = 500 ")], "exchange.info.tries", "1 to 10"),
    (T, &[("timeout_ms = 10000 ", "timeout_ms = 0 ")], "exchange.save.timeout_ms", "time to come"),
    (T, &[("any = [\"<CFG_CONNECT>\"]", "any = []")], "exchange.session_begin.replies.1.any", "at least one"),
    (T, &[("line = \"cfg_info:{index}:{value*}\"", "line = \"cfg_info:{index}\"")], "exchange.info.replies.1.line", "{value}"),
    (T, &[("\"13\", \"14\"]", "\"13\", \"99\"]")], "exchange.info.replies.1.complete", "99"),
    (T, &[("request = \":cfg_save\"", "request = \":cfg_save {password}\"")], "exchange.save.request", "{password}"),
    (T, &[("request = \":cfg_info:?\"", "request = \":cfg_info:{keyword}\"")], "exchange.info.request", "{keyword}"),
    (Q, &[("{password},6,", "{password},{model},")], "exchange.sim_card.request", "{model}"),
    (Q, &[("{password},3,", "{password},{fields*},")], "exchange.restart.request", "{fields}"),
    (T, &[("request = \":cfg_getcfg\"", "request = \":cfg_getcfg{serial}\"")], "parameters.dump.request", "{serial}"),
    // access
    (T, &[("\"3\" = \"imei\"", "\"3\" = \"number\"")], "identify.ask", "imei, meid"),
    (T, &[("optional = [\"sim_card\"]", "optional = [\"sim_cards\"]")], "identify.optional", "sim_cards"),
    (T, &[("required = [\"firmware\", ", "required = [\"colour\", ")], "identify.required", "colour"),
    (T, &[("match = { hardware = 'FMB0:1' }", "match = { colour = 'red' }")], "variant.fmb010.match.colour", "colour"),
    (T, &[("{authenticated},{locked},{tries_left}\"] # community (1)\n\n[exchange.keyword_login]", "{authenticated},{l},{tries_left}\"]\n\n[exchange.keyword_login]")], "exchange.keyword_state.replies", "{locked}"),
    (Q, &[("silence = \"ignored\"", "silence = \"locked\"")], "exchange.sim_card.silence", "keyword"),
    (T, &[("one_shot = true", "one_shot = false")], "exchange.keyword_login.one_shot", "must be one_shot"),
    (T, &[("request = \":sec_login:{keyword}\"", "request = \":sec_login\"")], "exchange.keyword_login.request", "{keyword}"),
    (Q, &[("  \"gl320m\", ", "  \"gl,320m\", ")], "access.factory", "gl,320m"),
    (Q, &[("  \"gl320m\", ", "  \"gl300\", ")], "access.factory", "twice"),
    (T, &[("tries = 2                              # saving twice", "one_shot = true\ntries = 1 #")], "exchange.save.one_shot", "witness"),
    (T, &[("tries = 1                              # tries are counted", "tries = 2 #")], "exchange.keyword_login.tries", "1 try"),
    (T, &[("refusals = [\"<SAVE_CFG_RESULT>:0\"]", "refused_means = \"no\"\nrefusals = [\"<SAVE_CFG_RESULT>:0\"]")], "exchange.save.refused_means", "identify.optional"),
    // commands
    (T, &[("end = \"<GET_PARAMS_END>:{count}\"", "end = \"<GET_PARAMS_END>\"")], "parameters.dump.end", "{count}"),
    (T, &[("line = \"{parameter}:{value*}\"", "line = \"{value*}\"")], "parameters.dump.line", "{parameter}"),
    (T, &[("timeout_ms = 45000", "timeout_ms = 45")], "parameters.dump.timeout_ms", "idle_ms"),
    (T, &[("request = \":cfg_setparam:{pairs*}\"", "request = \":cfg_setparam:\"")], "parameters.write.request", "{pairs}"),
    (T, &[("max_bytes = 1000 ", "max_bytes = 1 ")], "parameters.write.max_bytes", "64"),
    (T, &[("reserved = \";:#\"", "reserved = \":#\"")], "parameters.write.reserved", "separator"),
    (T, &[("replies = [\"<SETPARAM_RESULT>:{accepted}\", \"OK\"]", "replies = []")], "parameters.write.replies", "silence"),
    (Q, &[("reserved = \",$\"", "reserved = \",\"")], "positional.reserved", "end of a frame"),
    (Q, &[("{password},2,{command},", "{password},2,,")], "exchange.read.request", "{command}"),
    (Q, &[("{vin},{name},{command},{fields*},{time}", "{vin},{name},{command},{f*},{time}")], "exchange.read.replies", "{fields}"),
    (T, &[("usual_ms = 15000", "usual_ms = 150000")], "restart.usual_ms", "longest_ms"),
    // variants
    (T, &[("id = \"fmb001\"", "id = \"fmb010\"")], "variant.fmb010", "two variants"),
    (T, &[("match = { hardware = 'FMB0:1' }", "match = { hardware = 'FMB0:(' }")], "variant.fmb010.match.hardware", "no regular expression"),
    (T, &[("match = { hardware = 'FMB0:1' }", "match = {}")], "variant.fmb010.match", "stranger"),
    (T, &[("match = { hardware = 'FMB0:1' }", "match = { hardware = '.*' }")], "variant.fmb010.match.hardware", "empty text"),
    (T, &[("model = \"FMB010\"", "model = \"\"")], "variant.fmb010.model", "people"),
    (Q, &[("\"apn_user\", \"apn_password\", \"_\", \"_\", \"_\", \"_\"] # community (1): a sketch", "\"apn\", \"apn_password\", \"_\", \"_\", \"_\", \"_\"] #")], "variant.gv55.fields.BSI", "twice"),
    (T, &[("match = { hardware = 'FMB0:1' }", "match = { hardware = 'FMB0:1' }\nfields = { BSI = [\"apn\"] }")], "variant.fmb010.fields.BSI", "[positional]"),
    (T, &[("\"report.heartbeat_interval_s\" = \"This", "\"apn.name\" = \"This")], "lacks.apn.name", "to have it"),
    (Q, &[("\"apn.name\" = \"A CDMA unit has no APN.\"", "\"apn.nmae\" = \"no\"")], "variant.gl300vc.lacks.apn.nmae", "no such setting"),
    (Q, &[("\"apn.name\" = \"A CDMA unit has no APN.\"", "\"apn.name\" = \"\"")], "variant.gl300vc.lacks.apn.name", "reason"),
    (Q, &[("[variant.replace.\"apn.user\"]", "[variant.replace.\"apn.usr\"]")], "variant.gl320m.replace.apn.usr", "no such setting"),
    // settings
    (T, &[("key = \"apn.user\"", "key = \"apn.name\"")], "setting.apn.name", "two settings"),
    (T, &[("key = \"apn.user\"", "key = \"apn.usr\"")], "setting.apn.usr.key", "kept for keys"),
    (T, &[("label = \"Server port\"\nkind = \"integer\"", "label = \"Server port\"\nkind = \"text\"\nmax_length = 5")], "setting.server.port.kind", "as integer"),
    (M, &[("max = 65535                            # documented: five digits", "max = 65536")], "setting.server.port.max", "1 to 65535"),
    (M, &[("max = 655350                           # documented\nalso = [0]                             # documented: off\nreadable = false\n\n# Setting", "max = 655350\nalso = [-10]\nreadable = false\n\n# Setting")], "setting.report.moving_interval_s.also", "less than 0"),
    (M, &[("key = \"meitrack.distance_m\"", "key = \"calamp.distance_m\"")], "setting.calamp.distance_m.key", "meitrack"),
    (K, &[("\"apn.user\" = \"A CDMA", "\"apn.usr\" = \"A CDMA")], "lacks.apn.usr", "no setting"),
    (Q, &[("choices = { tcp = [", "choices = { sctp = [")], "setting.server.transport.choices", "sctp"),
    (T, &[("label = \"APN user\"", "label = \"\"")], "setting.apn.user.label", "people"),
    (T, &[("label = \"APN user\"", "label = \"APN user\"\nmin = 3")], "setting.apn.user.min", "no meaning for text"),
    (T, &[("min = 120 ", "min = 2592001 ")], "setting.teltonika.low_power_interval_s.min", "more than max"),
    (Q, &[("min = 300                              # documented: 5", "min = 301 #")], "setting.report.heartbeat_interval_s.min", "multiple"),
    (Q, &[("scale = 60 ", "scale = 0 ")], "setting.report.heartbeat_interval_s.scale", "1 to"),
    (Q, &[("max = 21600 ", "max = 9223372036854775800 ")], "setting.report.heartbeat_interval_s.max", "more than any unit"),
    (Q, &[("[variant.replace.\"report.parked_interval_s\"]\nmin = 300", "[variant.replace.\"report.parked_interval_s\"]\nmin = 86401")], "variant.gmt100.replace.report.parked_interval_s.min", "more than max"),
    (T, &[("max_length = 55                        # documented\n", "")], "setting.server.host.max_length", "how long"),
    (T, &[("choices = { tcp = [\"0\"], udp = [\"1\"] } # documented\n", "choices = { tcp = [\"0\"], udp = [\"0\"] }\n")], "setting.server.transport.choices", "two words"),
    (T, &[("choices = { on = [\"1\"]", "choices = { on = []")], "setting.teltonika.gprs.choices", "no text"),
    (T, &[("max_length = 55                        # documented\nguarded = true", "max_length = 55")], "setting.server.host.guarded", "cuts the unit off"),
    (T, &[("readable = true ", "guarded = false #"), ("max_length = 32                        # documented\nguarded = true\nguarded", "max_length = 32\nguarded")], "setting.apn.password.guarded", "guarded"),
    (Q, &[("pattern = \"+RESP:GTPNA,{text*}$\"", "bytes = \"+RESP:GTPNA\"")], "unsolicited.sign.8", "whole frame"),
    // places
    (T, &[("places = [{ parameter = \"2001\" }]", "places = []")], "setting.apn.name.places", "at least one"),
    (T, &[("{ parameter = \"10155\" },             # documented", "{ parameter = \"10150\" },")], "setting.report.moving_interval_s.places", "twice"),
    (T, &[("places = [{ parameter = \"2001\" }]", "places = [{ command = \"BSI\", field = \"apn\" }]")], "setting.apn.name.places", "[positional]"),
    (Q, &[("places = [{ command = \"BSI\", field = \"apn\" }] ", "places = [{ parameter = \"2001\" }] ")], "setting.apn.name.places", "[parameters]"),
    (T, &[("places = [{ parameter = \"2001\" }]", "places = [{ parameter = \"20;01\" }]")], "setting.apn.name.places", "no parameter number"),
    (Q, &[("\"sms_gateway\", \"heartbeat\", \"sack\", \"_\", \"_\", \"_\", \"_\"] # community (1): a real", "\"sms_gateway\", \"_\", \"sack\", \"_\", \"_\", \"_\", \"_\"] #")], "variant.gl500.fields.SRI", "'heartbeat'"),
    (T, &[("places = [{ parameter = \"2002\" }]", "places = [{ parameter = \"2001\" }]")], "setting.apn.user.places", "belongs to apn.name"),
    (T, &[("set_apart_from = \"report.moving_interval_s\"", "set_apart_from = \"report.moving\"")], "setting.teltonika.moving_send_interval_s.set_apart_from", "no setting"),
    (T, &[("set_apart_from = \"report.moving_interval_s\"", "set_apart_from = \"report.parked_interval_s\"")], "setting.teltonika.moving_send_interval_s.set_apart_from", "some of those"),
    (Q, &[("any = [\"1\"]                            # documented: fixed time", "any = []")], "setting.report.moving_interval_s.needs", "at least one text"),
    (Q, &[("any = [\"1\"]                            # documented: fixed time", "any = [\"1,2\"]")], "setting.report.moving_interval_s.needs.any", "cannot be sent"),
    (Q, &[("place = { command = \"FRI\", field = \"mode\" }\nany = [\"1\"]                            # documented: fixed time", "place = { command = \"SRI\", field = \"main_port\" }\nany = [\"1\"]")], "setting.report.moving_interval_s.needs", "ruled by server.port"),
    (T, &[("choices = { on = [\"1\"]", "choices = { on = [\"1;2\"]")], "setting.teltonika.gprs.choices", "cannot be sent"),
    // simulated
    (T, &[("reply_ms = [20, 90]", "reply_ms = [90, 20]")], "simulator.reply_ms", "least first"),
    (T, &[("bytes_per_s = 400000", "bytes_per_s = 0")], "simulator.bytes_per_s", "10 to"),
    (T, &[("filler_parameters = 1200", "filler_parameters = 4000000000")], "simulator.filler_parameters", "at most"),
    (Q, &[("bytes_per_s = 11520", "filler_parameters = 3\nbytes_per_s = 11520")], "simulator.filler_parameters", "[parameters]"),
    (T, &[("variant = \"fmb920\"", "variant = \"fmb921\"")], "simulator.unit.1.variant", "fmb921"),
    (T, &[("variant = \"fmb920\"", "variant = \"fmb120\"")], "simulator.unit.1.facts", "recognised as 'fmb920'"),
    (Q, &[("identity_prefix = \"A1000043\"", "identity_prefix = \"11000043\"")], "simulator.unit.4.identity_prefix", "MEID"),
    (T, &[("iccid_prefix = \"8901260000\"", "iccid_prefix = \"7701\"")], "simulator.unit.2.iccid_prefix", "89"),
    (Q, &[("password = \"gl320m\"", "")], "simulator.unit.3.password", "password"),
    (Q, &[("\"NMD.mode\" = \"0\"", "\"NMD.mdoe\" = \"0\"")], "simulator.unit.2.initial.NMD.mdoe", "no such place"),
    (T, &[(" modem = \"SIM868\"", " mode = \"SIM868\"")], "simulator.unit.2.facts", "'modem'"),
];

fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the profile no longer says {from:?}");
        text.replacen(from, to, 1)
    })
}

fn problems_of(text: &str) -> Vec<ProfileProblem> {
    Profile::from_toml(text).err().unwrap_or_default()
}

#[test]
fn what_is_shipped_has_no_problem() {
    for text in [TINY, TELTONIKA, QUECLINK] {
        assert_eq!(problems_of(text), []);
    }
    assert!(ProfileRegistry::shipped().broken().is_empty());
}

/// Both in one walk, because reading a hundred profiles takes its time.
#[test]
fn every_break_is_found_at_its_place_and_every_check_finds_one() {
    let mut silent: BTreeSet<(usize, usize)> = CHECKS
        .iter()
        .enumerate()
        .flat_map(|(group, checks)| (0..checks.len()).map(move |check| (group, check)))
        .collect();
    let mut found = |form: &ProfileForm| {
        let mut all = Vec::new();
        for (group, checks) in CHECKS.iter().enumerate() {
            for (number, check) in checks.iter().enumerate() {
                let mut problems = Problems::default();
                check(form, &mut problems);
                if !problems.0.is_empty() {
                    silent.remove(&(group, number));
                }
                all.extend(problems.0);
            }
        }
        all
    };
    for (text, changes, path, words) in BROKEN {
        let problems = found(&text::read(&changed(text, changes)).unwrap().0);
        assert!(
            problems
                .iter()
                .any(|each| each.path == *path && each.problem.contains(words)),
            "{changes:?} gave {problems:#?}"
        );
    }
    let (mut empty, _) = text::read(TINY).unwrap();
    empty.variants.clear();
    empty.simulator.units.clear();
    assert!(found(&empty).iter().any(|each| each.path == "variant"));
    assert!(silent.is_empty(), "never seen to refuse: {silent:?}");
}

#[test]
fn every_problem_is_reported_at_once() {
    let text = changed(
        QUECLINK,
        &[
            ("baud = 115200", "baud = 1"),
            ("read = \"read\"", "read = \"raed\""),
            ("scale = 60 ", "scale = 0 "),
        ],
    );
    let problems = problems_of(&text);
    let paths: BTreeSet<&str> = problems.iter().map(|each| each.path.as_str()).collect();
    for path in [
        "line.baud",
        "positional.read",
        "setting.report.heartbeat_interval_s.scale",
    ] {
        assert!(paths.contains(path), "{path} is missing in {problems:#?}");
    }
}

#[test]
fn keys_that_are_unknown_missing_or_of_another_kind_are_told_all_at_once_with_what_they_mean_besides()
 {
    let text = changed(TELTONIKA, &[("baud = 115200", "baudrate = 115200")]);
    let problems = problems_of(&text);
    let found: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let line = TELTONIKA
        .lines()
        .position(|line| line.starts_with("baud = "));
    let line = format!("(line {})", line.unwrap() + 1);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert!(found[0].starts_with("line.baud: is missing"), "{found:#?}");
    assert!(
        found[1].starts_with("line.baudrate: is no key here; known are baud, "),
        "{found:#?}"
    );
    assert!(found[1].ends_with(&line), "{found:#?}");

    let text = changed(
        TELTONIKA,
        &[
            ("parity = \"none\"", "parity = \"odds\""),
            ("raise_dtr_rts = true", "raise_dtr_rts = \"yes\""),
            ("kind = \"table\"", "kind = \"list\""),
            ("max_bytes = 1000 ", "max_bytes = \"1000\" "),
            ("match = { hardware = 'FMB0:2' }", "match = \"FMB0:2\""),
            ("label = \"APN user\"", "lable = \"APN user\""),
            (
                "places = [{ parameter = \"2004\" }]",
                "places = [{ parametre = \"2004\" }]",
            ),
            ("reply_ms = [20, 90]", "reply_ms = [20, 90, 100]"),
        ],
    );
    let problems = problems_of(&text);
    for (path, words) in [
        ("line.parity", "none, even, odd"),
        ("line.raise_dtr_rts", "true or false"),
        ("exchange.info.replies.1.kind", "frame, table"),
        ("parameters.write.max_bytes", "whole number"),
        ("variant.fmb001.match", "a table"),
        ("setting.apn.user.label", "missing"),
        ("setting.apn.user.lable", "no key here"),
        ("setting.server.host.places.1.parametre", "no key here"),
        ("simulator.reply_ms", "2 values"),
    ] {
        let found = |each: &&ProfileProblem| each.path == path && each.problem.contains(words);
        assert!(
            problems.iter().any(|each| found(&each)),
            "{path}: {problems:#?}"
        );
    }

    // What nothing knows does not hide what is wrong with the rest.
    let text = changed(
        TELTONIKA,
        &[
            ("quiet_ms = 50 ", "quiet_ms = 50\nspeed = 9 "),
            ("begin = [\"session_begin\"]", "begin = [\"sesion_begin\"]"),
        ],
    );
    let problems = problems_of(&text);
    for path in ["line.speed", "session.begin"] {
        assert!(
            problems.iter().any(|each| each.path == path),
            "{path}: {problems:#?}"
        );
    }

    // Neither does what is missing or of another kind.
    let text = changed(
        TELTONIKA,
        &[
            ("baud = 115200", ""),
            ("max_bytes = 1000 ", "max_bytes = \"1000\" "),
            ("begin = [\"session_begin\"]", "begin = [\"sesion_begin\"]"),
        ],
    );
    let problems = problems_of(&text);
    let paths: Vec<&str> = problems.iter().map(|each| each.path.as_str()).collect();
    let expected = [
        "line.baud",
        "parameters.write.max_bytes",
        "session.begin",
        "exchange.session_begin",
    ];
    assert_eq!(paths, expected, "{problems:#?}");

    let twice = changed(TELTONIKA, &[("baud = 115200", "baud = 1\nbaud = 115200")]);
    assert!(problems_of(&twice)[0].problem.contains("duplicate key"));
}

#[test]
fn a_hostile_file_is_refused_and_nothing_breaks() {
    let large = format!("# {}\n{TELTONIKA}", "x".repeat(1 << 20));
    let many: String = (0..2100).map(|each| format!("k{each} = 1\n")).collect();
    let rows = [
        (large, "file", "bytes"),
        (format!("a = {}", "[".repeat(100_000)), "file", "deep"),
        (format!("a = {}", "{a=".repeat(100_000)), "file", "deep"),
        ("a = [\n".repeat(100_000), "line", ""),
        (format!("{}a = 1", "a.".repeat(100_000)), "file", "deep"),
        (format!("[{}a]", "a.".repeat(100_000)), "file", "deep"),
        (format!("[{}a]", "\"a\" . ".repeat(100_000)), "file", "deep"),
        (many, "file", "2000"),
        ("schema = 99999999999999999999999".to_owned(), "line 1", ""),
        (
            changed(TELTONIKA, &[("baud = 115200", "baud = 99999999999")]),
            "line",
            "",
        ),
        ("id = \"\u{202e}knirts\"".to_owned(), "line 1", "invisible"),
        ("# \u{200b}\nid = \"a\"".to_owned(), "line 1", "invisible"),
        ("id = \"\\u202e\"".to_owned(), "id", "u{202e}"),
        ("[a]\nb = [\"x\\u001b[2J\"]".to_owned(), "a.b", "u{1b}"),
        ("\"a\\u0000\" = 1".to_owned(), "a\0", "u{0}"),
        (String::new(), "schema", "missing"),
        ("\u{0}".to_owned(), "line 1", ""),
    ];
    for (text, path, words) in rows {
        let start: String = text.chars().take(40).collect();
        let problems = problems_of(&text);
        assert!(
            problems
                .iter()
                .any(|each| each.path.starts_with(path) && each.problem.contains(words)),
            "{start:?} gave {problems:?}"
        );
    }
}

mod any_text {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn no_cut_or_changed_file_makes_reading_panic(at in 0_usize..20_000, other in "[\\[\\]{}=\"'.#a-z0-9\n]{0,6}") {
            let characters: Vec<char> = QUECLINK.chars().collect();
            let at = at % characters.len();
            let text: String = characters[..at].iter().copied().chain(other.chars()).chain(characters[at..].iter().copied().skip(other.len())).collect();
            let _ = Profile::from_toml(&text);
        }
    }
}
