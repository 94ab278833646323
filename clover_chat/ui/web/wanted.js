(wanted, desk) => {
  const conversation = new URLSearchParams(window.location.search).get("c") ?? "";
  return [`${conversation} ${Intl.DateTimeFormat().resolvedOptions().timeZone}`, desk];
}
