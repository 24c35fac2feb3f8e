//! The signature of the Sprint account API: MD5 over the sorted query and the shared secret.
//!
//! MD5 with a trailing secret is weak and is the contract's choice, not ours; what protects a request is TLS.

use fleet::Secret;
use jiff::Timestamp;
use md5::{Digest, Md5};

/// One name and value of a query, not yet encoded.
pub(crate) type Parameter = (String, String);

/// The signature of `parameters` (without `sig` itself), in lower-case hexadecimal digits.
pub(crate) fn sign(parameters: &[Parameter], secret: &Secret) -> String {
    let mut hash = Md5::new();
    for (name, value) in in_order(parameters) {
        hash.update(name);
        hash.update(value);
    }
    hash.update(secret.reveal());
    format!("{:x}", hash.finalize())
}

/// The digest of a body's exact bytes.
pub(crate) fn body_digest(body: &[u8]) -> String {
    format!("{:x}", Md5::digest(body))
}

/// A moment as requests carry it, for example `2026-03-02T15:04:05UTC`.
pub(crate) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SUTC").to_string()
}

/// Parameters in byte order of their names, capitals first; equal names keep the order in which they are sent.
fn in_order(parameters: &[Parameter]) -> Vec<&Parameter> {
    let mut sorted: Vec<&Parameter> = parameters
        .iter()
        .filter(|(name, _)| name != "sig")
        .collect();
    sorted.sort_by(|a, b| a.0.as_bytes().cmp(b.0.as_bytes()));
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parameters(pairs: &[(&str, &str)]) -> Vec<Parameter> {
        pairs
            .iter()
            .map(|&(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    fn text(parameters: &[Parameter]) -> String {
        in_order(parameters)
            .into_iter()
            .map(|(name, value)| format!("{name}{value}"))
            .collect()
    }

    /// Text before the secret, the secret, the parameters in another order than sorted, the signature.
    type Vector = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );

    const KEY: (&str, &str) = ("key", "ABCD123XYZ");
    const TIME: (&str, &str) = ("timestamp", "2026-03-02T15:04:05UTC");
    const VECTORS: &[Vector] = &[
        (
            "keyABCD123XYZmdn8005554679timestamp2009-10-01T12:00:00CDT",
            "SECRET",
            &[
                ("timestamp", "2009-10-01T12:00:00CDT"),
                ("mdn", "8005554679"),
                KEY,
            ],
            "53d55aae677fc40773719d71c298bbfe",
        ),
        (
            "includeProgrammingtruekeyABCD123XYZtimestamp2026-03-02T15:04:05UTCunitIdU000017",
            "s3cr3t-example",
            &[
                ("unitId", "U000017"),
                ("includeProgramming", "true"),
                KEY,
                TIME,
            ],
            "76cb2e71aa3d61801079e133c0e6a9a0",
        ),
        (
            "keyABCD123XYZlimit500sincec2VxOjQ1Ngtimestamp2026-03-02T15:04:05UTC",
            "s3cr3t-example",
            &[("since", "c2VxOjQ1Ng"), TIME, KEY, ("limit", "500")],
            "794f959010277bbd45c2691fc02b81be",
        ),
        (
            "ZonexkeyABCD123XYZnameCafé + 1timestamp2026-03-02T15:04:05UTC",
            "s3cr3t-example",
            &[("name", "Café + 1"), KEY, TIME, ("Zone", "x")],
            "517055e1bb37c3a7be8c3c0864e8e635",
        ),
        (
            "bodyMd551cebccb8e26ae6ac047ae6cb1772df5keyABCD123XYZtimestamp2026-03-02T15:04:05UTC",
            "s3cr3t-example",
            &[KEY, TIME, ("bodyMd5", "51cebccb8e26ae6ac047ae6cb1772df5")],
            "8d9bb3e1d0c7825b16e7bd5c20839761",
        ),
    ];

    #[test]
    fn the_published_vectors_are_signed_as_published() {
        for (expected_text, secret, pairs, signature) in VECTORS {
            let parameters = parameters(pairs);
            assert_eq!(&text(&parameters), expected_text);
            assert_eq!(
                &sign(&parameters, &Secret::new(*secret)),
                signature,
                "{expected_text}"
            );
        }
    }

    #[test]
    fn a_body_is_digested_byte_for_byte() {
        let body = concat!(
            r#"{"clientRef":"40a4a0c1-52b5-4f6e-8c26-7c7f6a2f7e55","unitId":"U000017","#,
            r#""reason":"Seasonal storage"}"#
        );
        assert_eq!(body.len(), 99);
        assert_eq!(
            body_digest(body.as_bytes()),
            "51cebccb8e26ae6ac047ae6cb1772df5"
        );
    }

    #[test]
    fn a_moment_is_written_in_utc_without_fractions() {
        let at: Timestamp = "2026-03-02T16:04:05.999+01:00".parse().unwrap();
        assert_eq!(timestamp(at), "2026-03-02T15:04:05UTC");
    }

    proptest! {
        #[test]
        fn the_order_of_sending_never_changes_the_signature(
            pairs in prop::collection::btree_map("[A-Za-zé]{1,8}", ".{0,12}", 0..8),
            seed in any::<u64>(),
        ) {
            let sorted: Vec<Parameter> = pairs.clone().into_iter().collect();
            let mut shuffled = sorted.clone();
            // A rotation and a swap reach every order in the long run without a generator of our own.
            if !shuffled.is_empty() {
                let length = shuffled.len();
                shuffled.rotate_left(usize::try_from(seed % 8).unwrap() % length);
                shuffled.swap(0, usize::try_from(seed / 8 % 8).unwrap() % length);
            }
            shuffled.push(("sig".to_owned(), "never signed".to_owned()));
            let secret = Secret::new("s");
            prop_assert_eq!(sign(&sorted, &secret), sign(&shuffled, &secret));
            // The map sorts by bytes too: an order that was found another way.
            let expected: String = sorted.iter().filter(|(name, _)| name != "sig").map(|(n, v)| format!("{n}{v}")).collect();
            prop_assert_eq!(text(&shuffled), expected);
        }
    }
}
