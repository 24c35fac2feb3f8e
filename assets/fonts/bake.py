#!/usr/bin/env python3
"""Makes the fonts of the screens from their published packages.

    pip install fonttools brotli
    npm pack @fontsource-variable/inter @fontsource/jetbrains-mono @phosphor-icons/web
    for each .tgz: tar xzf it into a folder of its own
    ./bake.py INTER_PACKAGE JETBRAINS_PACKAGE PHOSPHOR_PACKAGE

Inter's figures differ in width and egui has no switch for `tnum`, so the digits in every cmap are pointed at
the glyphs which the GSUB lookup `tnum` names. Phosphor is cut down to the icons in icons.txt.
"""

import io
import re
import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).parent
WEIGHTS = {
    "regular": ("regular/Phosphor.ttf", "regular/style.css", "ph"),
    "bold": ("bold/Phosphor-Bold.ttf", "bold/style.css", "ph-bold"),
    "fill": ("fill/Phosphor-Fill.ttf", "fill/style.css", "ph-fill"),
}


def bake_inter(package, name):
    font = TTFont(package / "files" / f"inter-{name}-wght-normal.woff2")
    font.flavor = None
    table = font["GSUB"].table
    tabular = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for part in table.LookupList.Lookup[index].SubTable:
                    part = getattr(part, "ExtSubTable", part)
                    tabular.update(part.mapping)
    for cmap in font["cmap"].tables:
        for digit in range(0x30, 0x3A):
            if digit in cmap.cmap:
                cmap.cmap[digit] = tabular.get(cmap.cmap[digit], cmap.cmap[digit])
    font.save(HERE / f"inter-{name}.ttf")


def bake_arrow():
    """The published alphabets have '↑' and no '→', which timelines are full of: the one is turned into the other."""
    font = TTFont(HERE / "inter-latin.ttf")
    axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
    font = instancer.instantiateVariableFont(font, axes | {"wght": 500})
    options = subset.Options(layout_features=[], name_IDs=[0, 1, 2, 13, 14], notdef_outline=True, hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[0x2191])
    cutter.subset(font)
    name = font.getBestCmap()[0x2191]
    glyph = font["glyf"][name]
    x, y = (glyph.xMin + glyph.xMax) / 2, (glyph.yMin + glyph.yMax) / 2
    height, side = glyph.yMax - glyph.yMin, font["hmtx"][name][1]
    pen = TTGlyphPen(None)
    # A quarter turn to the right about its own centre, moved so that both sides have the room that '↑' has.
    font.getGlyphSet()[name].draw(TransformPen(pen, (0, -1, 1, 0, side + height / 2 - y, y + x)))
    font["glyf"][name] = pen.glyph()
    font["hmtx"][name] = (round(height) + 2 * side, side)
    for cmap in font["cmap"].tables:
        cmap.cmap = {0x2192: name}
    font.save(HERE / "inter-arrow.ttf")


def bake_mono(package):
    font = TTFont(package / "files" / "jetbrains-mono-latin-400-normal.woff2")
    font.flavor = None
    font.save(HERE / "jetbrains-mono-latin.ttf")


def wanted_icons():
    for line in (HERE / "icons.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            yield words[0], words[1:]


def bake_phosphor(package):
    rows = []
    for weight, (font_file, css_file, css_class) in WEIGHTS.items():
        css = (package / "src" / css_file).read_text()
        points = {
            name: int(point, 16)
            for name, point in re.findall(
                r"\." + css_class + r"\.ph-([a-z0-9-]+):before\s*\{\s*content:\s*\"\\([0-9a-f]+)\"", css
            )
        }
        used = [name for name, weights in wanted_icons() if weight in weights]
        options = subset.Options(layout_features=[], name_IDs=[0, 1, 2, 13, 14], notdef_outline=True, hinting=False)
        font = TTFont(package / "src" / font_file)
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=[points[name] for name in used])
        cutter.subset(font)
        font.save(HERE / f"phosphor-{weight}.ttf")
        rows += [(name, weight, points[name]) for name in used]
    write_table(rows)


def write_table(rows):
    out = io.StringIO()
    out.write("//! Code points of the Phosphor icons in `assets/fonts`. Written by `assets/fonts/bake.py`; change `icons.txt` instead.\n\n")
    out.write("use super::icon::{Icon, IconWeight};\n")
    for name, weight, point in sorted(rows):
        ident = name.replace("-", "_").upper() + ("" if weight == "regular" else "_" + weight.upper())
        out.write(f"\n/// `{name}`, {weight}.\npub const {ident}: Icon = Icon::new('\\u{{{point:x}}}', IconWeight::{weight.capitalize()});\n")
    (HERE.parents[1] / "src/ui/theme/icon_table.rs").write_text(out.getvalue())


if __name__ == "__main__":
    inter, jetbrains, phosphor = map(Path, sys.argv[1:4])
    for name in ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese"):
        bake_inter(inter, name)
    bake_arrow()
    bake_mono(jetbrains)
    bake_phosphor(phosphor)
