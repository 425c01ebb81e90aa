// Go on to the provider's page at once; the link stays for browsers without scripts.
document.querySelector("[data-follow]")?.click();
