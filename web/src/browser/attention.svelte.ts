/** Whether the user looks at this page: it is visible and its window has the focus. */
export class Attention {
  #attentive = $state(isAttentive());

  constructor() {
    const look = () => (this.#attentive = isAttentive());
    document.addEventListener('visibilitychange', look);
    window.addEventListener('focus', look);
    window.addEventListener('blur', look);
  }

  get attentive(): boolean {
    return this.#attentive;
  }
}

function isAttentive(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}
