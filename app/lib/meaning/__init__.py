"""The meaning of a sentence as a vector: all-MiniLM-L6-v2 in numpy, when its file was imported; without it, nothing here is used.

    encoder = Encoder.open(path)          # a file that `importing.import_model` wrote; None without the file or without numpy
    encoder.vectors(["where is my order"])  # one row of length 1 for each sentence

Only this package and `lib.intents.semantic` know numpy, and import it when it is there.
"""

from app.lib.meaning.encoder import Encoder, is_possible

__all__ = ["Encoder", "is_possible"]
