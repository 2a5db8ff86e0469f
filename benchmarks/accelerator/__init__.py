"""What `on_gpu.py` measures, one file a section."""
