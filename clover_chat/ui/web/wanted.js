(wanted, desk) => [new URLSearchParams(window.location.search).get("c"), desk]
