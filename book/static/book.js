// The buttons that copy a cell have a picture and a tooltip only: give them a name that can be read aloud.
addEventListener("load", () => {
  for (const button of document.querySelectorAll("button.copybtn")) button.ariaLabel = "Copy this code";
});
