(draft, view, ...rest) => [draft, window.cloverView?.() ?? "", ...rest]
