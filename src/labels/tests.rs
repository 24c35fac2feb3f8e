//! Labels as a person and a scanner see them: the PDF drawn by another program, its codes read again.

use super::*;
use fleet::label::SIZES;
use std::process::Command;

fn label(customer: &str) -> Label {
    Label {
        code: "356938035643809".to_owned(),
        last_four: "3809".to_owned(),
        number: "IMEI 356 9380 3564 3809".to_owned(),
        names: [customer, "KL-4821", "Van standard v5", "2026-11-28"]
            .map(str::to_owned)
            .to_vec(),
    }
}

#[test]
fn every_size_makes_pages_of_its_measure() {
    for size in SIZES {
        let labels = vec![label("Acme"); size.on_a_page() + 1];
        let bytes = pdf(&labels, &size, 0).unwrap();
        assert!(bytes.starts_with(b"%PDF"), "{}", size.key);
    }
    assert!(matches!(
        pdf(
            &[Label {
                code: "x".repeat(5000),
                ..label("")
            }],
            &SIZES[0],
            0
        ),
        Err(LabelError::Code(_))
    ));
}

#[test]
fn text_is_never_wider_than_its_room() {
    let faces = TypeFaces::load().unwrap();
    for text in ["IMEI 356 9380 3564 3809", "Łódź Transport", "東京", "x"] {
        let size = faces.size_to_fit(text, false, 12.0, 40.0);
        assert!(faces.width(text, false) * size <= 40.01, "{text}");
    }
    let long = "Borealis Heavy Haulage and Sons of Greater Springfield, North Depot 17";
    let (short, size) = name_to_fit(&faces, long, SMALLEST_NAME, 80.0);
    assert!(
        short.starts_with("Bor") && short.ends_with("17") && short.contains('…'),
        "{short}"
    );
    assert!(faces.width(&short, false) * size <= 80.0);
    assert_eq!(
        faces
            .runs("aŁ東", false)
            .iter()
            .map(|run| run.0.as_str())
            .collect::<String>(),
        "aŁ?"
    );
}

/// Draws the first page with pdftoppm; nothing where this machine has no such program.
fn drawn(bytes: &[u8]) -> Option<(usize, usize, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.pdf");
    std::fs::write(&path, bytes).unwrap();
    let target = folder.path().join("page");
    let asked = Command::new("pdftoppm")
        .args(["-gray", "-r", "200", "-singlefile"])
        .args([&path, &target])
        .status();
    if asked.is_err() {
        eprintln!("pdftoppm is not here: the drawn page was not looked at");
        return None;
    }
    let picture = std::fs::read(folder.path().join("page.pgm")).unwrap();
    let mut parts = picture.splitn(4, |byte| byte.is_ascii_whitespace());
    assert_eq!(parts.next(), Some(&b"P5"[..]));
    let mut number = || {
        std::str::from_utf8(parts.next().unwrap())
            .unwrap()
            .parse::<usize>()
            .unwrap()
    };
    let (width, height) = (number(), number());
    let pixels = picture[picture.len() - width * height..].to_vec();
    Some((width, height, pixels))
}

fn codes(width: usize, height: usize, pixels: &[u8]) -> Vec<String> {
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    grids
        .into_iter()
        .map(|grid| grid.decode().unwrap().1)
        .collect()
}

#[test]
fn the_code_is_read_again_from_the_drawn_page() {
    for size in SIZES {
        let labels =
            vec![
                label("Borealis Heavy Haulage and Sons of Greater Springfield, North Depot 17");
                2
            ];
        let Some((width, height, pixels)) = drawn(&pdf(&labels, &size, 1).unwrap()) else {
            return;
        };
        let read = codes(width, height, &pixels);
        let expected = if size.sheet.is_some() { 2 } else { 1 };
        assert_eq!(read, vec!["356938035643809"; expected], "{}", size.key);
        if size.sheet.is_none() {
            // A margin of paper on every side: nothing runs off the label.
            let white = |x: usize, y: usize| pixels[y * width + x] > 200;
            assert!(
                (0..width).all(|x| white(x, 2) && white(x, height - 3)),
                "{}",
                size.key
            );
            assert!(
                (0..height).all(|y| white(2, y) && white(width - 3, y)),
                "{}",
                size.key
            );
        }
    }
}

#[test]
fn a_name_with_letters_that_the_fonts_do_not_have_is_told() {
    for name in [
        "Müller & Søn",
        "Łódź Kraków",
        "Peña Güell 17",
        "Кириллица Ґ",
        "Ελληνικά",
        "Nguyễn Thế",
        "North → South",
    ] {
        let labels = [label(name)];
        assert!(with_missing_letters(&labels).unwrap().is_empty(), "{name}");
    }
    for name in ["東京物流", "שלום", "مرحبا", "नमस्ते"] {
        let labels = [label("Acme"), label(name)];
        let told = with_missing_letters(&labels).unwrap();
        assert_eq!(told, [&labels[1]], "{name}");
    }
}
