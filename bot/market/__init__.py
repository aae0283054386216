"""Where facts come from: one file per source, the quality gate, the bar store."""
