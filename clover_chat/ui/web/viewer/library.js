// OpenSeadragon, loaded once when it is first needed; the hash makes sure that it is what we know.

let loading = null;

export function loadLibrary({ address, integrity }, home) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: new URL(address, home).href, integrity, crossOrigin: "anonymous" });
    script.onload = () => resolve(window.OpenSeadragon);
    script.onerror = () => { loading = null; script.remove(); reject(new Error("OpenSeadragon could not be loaded.")); };
    document.head.append(script);
  });
  return loading;
}
