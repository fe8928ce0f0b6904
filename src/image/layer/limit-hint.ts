/** What to do about a layer or archive that is larger than it may be. */
export const LIMIT_HINT = 'if you trust it, raise the limit: tsrun --max-layer-size, --max-layer-entries';
