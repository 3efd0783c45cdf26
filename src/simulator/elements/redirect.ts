import { invalidMethod, invalidUrl } from '../hangup-causes.ts'
import { isWebUrl } from '../url-settings.ts'
import { hangUp, nextDocument, type ElementKind } from './element-kind.ts'

/** Section 6.9. */
export const redirect: ElementKind = {
  attributes: ['method'],
  run: async ({ text: url, attributes }) => {
    const { method = 'POST' } = attributes
    if (!isWebUrl(url)) return hangUp(invalidUrl('redirect'))
    if (method !== 'GET' && method !== 'POST') return hangUp(invalidMethod('redirect'))
    return nextDocument({ purpose: 'redirect', url, method })
  },
}
