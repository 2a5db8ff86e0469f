"""The Python API for notebooks and scripts: corpora, training, answering and studies, each in a few calls."""
