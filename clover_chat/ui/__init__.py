"""The page in the browser: components, events and how a conversation looks."""
