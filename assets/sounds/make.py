#!/usr/bin/env python3
"""Makes the sounds of the bench, next to itself. Plain tones of our own: nothing is taken from anywhere.

tick: a unit is ready. rising: pull it. low: a person can cure it. falling: set it aside.
"""

import math
import struct
import wave
from pathlib import Path

HERE = Path(__file__).parent
RATE = 22050


def tone(hertz, seconds, loudness=0.5):
    """One note that begins and ends softly, with a little of its octave."""
    count = int(RATE * seconds)
    fade = max(1, min(count // 3, int(RATE * 0.012)))
    samples = []
    for index in range(count):
        edge = min(1.0, index / fade, (count - index) / fade)
        angle = 2 * math.pi * hertz * index / RATE
        samples.append(loudness * edge * (0.85 * math.sin(angle) + 0.15 * math.sin(2 * angle)))
    return samples


def silence(seconds):
    return [0.0] * int(RATE * seconds)


def write(name, samples):
    with wave.open(str(HERE / f"{name}.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(struct.pack("<h", int(32767 * sample)) for sample in samples))


write("tick", tone(1760, 0.03, 0.35))
write("rising", tone(587, 0.11) + silence(0.02) + tone(880, 0.16))
write("low", tone(196, 0.28, 0.6))
write("falling", tone(392, 0.14) + silence(0.02) + tone(233, 0.24))
