"""The page's own words in other languages; answers and quotations are never touched."""
