"""The file formats that the CLIs share: JSON, TOML and front matter, read strictly and merged without loss. Pure."""
