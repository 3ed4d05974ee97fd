"""The promises of the packages, proven: mutation, memory, fuzzing."""
